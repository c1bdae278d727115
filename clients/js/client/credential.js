import { GodwitError } from "./errors.js";

/** How long before its end a token is replaced, in ms; of a short one, half its time before. */
const AHEAD = 60_000;
const PATIENCE = 30_000;

/** The credential that each connection and each exchange shows: a token that is kept while it holds, or a ticket for each time. */
export class Credential {
  /** @type {string | null} */
  #token = null;
  /** @type {Promise<string> | null} */
  #asking = null;
  #refusals = 0;

  /**
   * @param {Pick<import("./types.js").Options, "token" | "ticket">} options
   * @param {import("./environment.js").Environment} environment
   */
  constructor({ token, ticket }, environment) {
    this.token = token;
    this.ticket = ticket;
    this.environment = environment;
  }

  /**
   * What to show.
   * @returns {Promise<{token?: string, ticket?: string}>}
   */
  async fields() {
    const { token, ticket } = this;
    if (ticket) {
      return { ticket: await this.#ask(ticket) };
    }
    if (token === undefined) {
      return {};
    }
    this.#asking ??= this.#token === null ? this.#ask(token).finally(() => {
      this.#asking = null;
    }) : null;
    if (this.#asking) {
      this.#token = await this.#asking;
    }
    return { token: /** @type {string} */ (this.#token) };
  }

  /**
   * @param {string | (() => string | null | Promise<string | null>)} source
   * @returns {Promise<string>}
   */
  async #ask(source) {
    let cancel = () => {};
    const late = new Promise((_, reject) => {
      cancel = this.environment.after(PATIENCE, () => reject(new GodwitError("token.unavailable", { detail: "It took too long.", explained: true })));
    });
    try {
      const text = await Promise.race([typeof source === "string" ? source : source(), late]);
      if (typeof text === "string") {
        return text;
      }
    } catch (cause) {
      throw cause instanceof GodwitError ? cause : new GodwitError("token.unavailable", { cause, detail: String(cause), explained: true });
    } finally {
      cancel();
    }
    throw new GodwitError("credential.missing", { title: "There is no user any more: the option token gave none.", final: true });
  }

  /** Whether another can be had before this one ends. */
  get renews() {
    return typeof (this.ticket ?? this.token) === "function";
  }

  /** The next time a new one is asked for. */
  renew() {
    this.#token = null;
  }

  /**
   * ms from now at which to ask for a new one.
   * @param {number} expires When the present one ends.
   */
  renewIn(expires) {
    const left = expires - this.environment.now();
    // A clock that is wrong must not have tokens asked for all the time.
    return left > 0 ? Math.max(left / 2, left - AHEAD) : AHEAD;
  }

  /** The server took it. */
  accepted() {
    this.#refusals = 0;
  }

  /** The server refused it. Whether another may do: one that is made anew, once. */
  refused() {
    this.renew();
    return ++this.#refusals < 2 && this.renews;
  }
}
