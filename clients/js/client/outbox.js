import { Backoff } from "./backoff.js";
import { GodwitError } from "./errors.js";
import { sizeOf } from "./octets.js";

/** @typedef {import("./types.js").Frame} Frame */

/**
 * A frame that waits for its answer.
 * @typedef {object} Item
 * @property {number} id
 * @property {string} text The frame.
 * @property {number} size Its octets.
 * @property {boolean} repeats Whether it may be sent again when nobody knows what became of it.
 * @property {number} within ms after which it is given up, counted from when it was first sent.
 * @property {number} ends When that is.
 * @property {[unsent: string, sent: string]} codes What it is given up with.
 * @property {number} notBefore When it may be sent.
 * @property {boolean} sent Whether it was ever sent.
 * @property {object | null} owner The connection that it was sent on.
 * @property {Backoff} backoff
 * @property {(frame: Frame) => void} resolve
 * @property {(fault: GodwitError) => void} reject
 */

/** The largest frame that an exchange can carry beside its other fields: 1 MiB less 64 KiB. */
const FRAME = 983_040;
const OCTETS = 4 << 20;

/** What was asked of the server and is not answered yet, in order. It outlives connections; each item is settled once. */
export class Outbox {
  /** @type {Map<number, Item>} */
  #items = new Map();
  #octets = 0;
  #cancel = () => {};

  /**
   * @param {import("./environment.js").Environment} environment
   * @param {number} limit Items that may wait.
   * @param {() => void} flush Called when something may be sent.
   */
  constructor(environment, limit, flush) {
    this.environment = environment;
    this.limit = limit;
    this.flush = flush;
  }

  get size() {
    return this.#items.size;
  }

  /**
   * @param {Frame} frame Its `id` is its own here.
   * @param {{repeats: boolean, within: number, codes: [unsent: string, sent: string]}} how
   * @returns {Promise<Frame>} The answer.
   */
  add(frame, { repeats, within, codes }) {
    const text = JSON.stringify(frame);
    const size = sizeOf(text);
    if (size > FRAME) {
      return Promise.reject(new GodwitError("entry.too_large", { final: true }));
    }
    if (this.#items.size >= this.limit || this.#octets + size > OCTETS) {
      return Promise.reject(new GodwitError("outbox.full"));
    }
    return new Promise((resolve, reject) => {
      const id = /** @type {number} */ (frame.id);
      const backoff = new Backoff(this.environment, 500, 15_000);
      this.#items.set(id, {
        id, text, size, repeats, within, codes, backoff, resolve, reject, ends: this.environment.now() + within, notBefore: 0, sent: false, owner: null,
      });
      this.#octets += size;
      this.flush();
      this.#watch();
    });
  }

  /**
   * What is to be sent now. One that has to wait, or for whose answer another connection waits, keeps those behind it waiting: the order stays.
   * @param {object} owner The connection.
   * @param {number} [count]
   * @param {number} [octets]
   * @param {number} [largest] Octets that the largest may have; a larger one keeps those behind it waiting.
   */
  take(owner, count = Infinity, octets = Infinity, largest = Infinity) {
    /** @type {Item[]} */
    const taken = [];
    for (const item of this.#items.values()) {
      if (item.owner !== null && item.owner !== owner) {
        break;
      }
      if (item.owner === null) {
        octets -= item.size;
        if (item.notBefore > this.environment.now() || item.size > largest || taken.length >= count || (octets < 0 && taken.length > 0)) {
          break;
        }
        item.owner = owner;
        if (!item.sent) {
          item.sent = true;
          item.ends = this.environment.now() + item.within;
        }
        taken.push(item);
      }
    }
    return taken;
  }

  /** @param {object} owner */
  waitsFor(owner) {
    return [...this.#items.values()].some(item => item.owner === owner);
  }

  /** How many items wait for their answer, and their octets. @param {object} owner */
  heldBy(owner) {
    const held = [...this.#items.values()].filter(item => item.owner === owner);
    return { count: held.length, octets: held.reduce((sum, item) => sum + item.size, 0) };
  }

  /** Whether something is to be sent that is larger. @param {number} size */
  hasLarger(size) {
    return [...this.#items.values()].some(item => item.owner === null && item.size > size);
  }

  /**
   * An answer arrived.
   * @param {Frame} frame
   * @returns {boolean} Whether something waited for it.
   */
  answer(frame) {
    const item = typeof frame.id === "number" ? this.#items.get(frame.id) : undefined;
    if (!item) {
      return false;
    }
    if (frame.op !== "error") {
      this.#remove(item).resolve(frame);
      return true;
    }
    const fault = GodwitError.ofFrame(frame);
    if (fault.final || !item.repeats) {
      this.#remove(item).reject(fault);
    } else {
      item.owner = null;
      item.notBefore = this.environment.now() + item.backoff.next(fault.retry);
      this.#watch();
    }
    return true;
  }

  /**
   * A connection ended, or a request of it: what was sent on it is sent again.
   * @param {object} owner
   * @param {boolean} [untouched] Whether it is known that nothing of it was carried out.
   */
  lost(owner, untouched = false) {
    for (const item of this.#items.values()) {
      if (item.owner === owner) {
        item.owner = null;
        if (!item.repeats && !untouched) {
          this.#remove(item).reject(new GodwitError("outcome.unknown"));
        }
      }
    }
  }

  /** @param {GodwitError} fault */
  clear(fault) {
    this.#items.forEach(item => this.#remove(item).reject(fault));
    this.#cancel();
  }

  /** @param {Item} item */
  #remove(item) {
    this.#items.delete(item.id);
    this.#octets -= item.size;
    return item;
  }

  /** Waits for the next moment at which an item may be sent, or is given up. */
  #watch() {
    this.#cancel();
    const now = this.environment.now();
    let next = Infinity;
    let due = false;
    for (const item of [...this.#items.values()]) {
      if (item.ends <= now) {
        this.#remove(item).reject(new GodwitError(item.codes[item.sent ? 1 : 0]));
        continue;
      }
      next = Math.min(next, item.ends);
      if (item.owner === null && item.notBefore > 0) {
        due ||= item.notBefore <= now;
        next = item.notBefore > now ? Math.min(next, item.notBefore) : next;
      }
    }
    this.#cancel = next < Infinity ? this.environment.after(Math.min(next - now, 0x7fffffff), () => this.#watch()) : () => {};
    if (due) {
      this.flush();
    }
  }
}
