import { GodwitError } from "./errors.js";
import { checkNumber, checkOneOf } from "./checks.js";

/** @typedef {import("./types.js").TransportKind} TransportKind */

/** All transports, the best first. @type {TransportKind[]} */
const ALL = ["websocket", "stream", "longpoll", "poll"];

/**
 * The options with what is not given filled in.
 * @typedef {ReturnType<typeof settingsOf>} Settings
 */

/**
 * @param {import("./types.js").Options} options
 * @param {import("./environment.js").Environment} environment
 */
export function settingsOf(options, environment) {
  const {
    token, ticket, credentials = "same-origin", openTimeout = 8000, wait = 25, pollInterval, publishFor = 270_000, answerTimeout = 30_000,
    outbox = 1000, remember = true, transports = ALL,
  } = options;
  const { first = 1000, most = 30_000 } = options.backoff ?? {};
  checkNumber("openTimeout", openTimeout, 500, 60_000);
  checkNumber("wait", wait, 1, 120);
  checkNumber("publishFor", publishFor, 1000, 86_400_000);
  checkNumber("answerTimeout", answerTimeout, 1000, 600_000);
  checkNumber("outbox", outbox, 1, 100_000);
  checkNumber("backoff.first", first, 10, 60_000);
  checkNumber("backoff.most", most, first, 600_000);
  if (pollInterval !== undefined) {
    checkNumber("pollInterval", pollInterval, 250, 300_000);
  }
  if (!Array.isArray(transports)) {
    throw new GodwitError("option.invalid", { title: `transports is a list of ${ALL.join(", ")}.`, final: true });
  }
  transports.forEach(kind => checkOneOf("transports", kind, ALL));
  const usable = transports.filter(kind => kind !== "websocket" || environment.WebSocket);
  if (usable.length === 0) {
    throw new GodwitError("transport.none", { final: true });
  }
  if (token !== undefined && ticket !== undefined) {
    throw new GodwitError("option.invalid", { title: "Give either token or ticket.", final: true });
  }
  checkOneOf("token", typeof token, ["undefined", "string", "function"]);
  checkOneOf("ticket", typeof ticket, ["undefined", "function"]);
  return {
    token, ticket, credentials, openTimeout, wait, pollInterval, publishFor, answerTimeout, outbox, remember, backoff: { first, most }, transports: usable,
  };
}

/**
 * Where the sessions of a server are.
 * @param {string | URL} url Its mount point, `/rt` for example.
 */
export function sessionUrl(url) {
  try {
    const base = globalThis.document?.baseURI ?? globalThis.location?.href;
    const absolute = new URL(url, base);
    absolute.protocol = absolute.protocol.replace(/^ws/, "http");
    absolute.pathname = `${absolute.pathname.replace(/\/+$/, "")}/session`;
    absolute.hash = absolute.search = "";
    if (/^https?:$/.test(absolute.protocol)) {
      return absolute.href;
    }
  } catch {
    // Told below.
  }
  throw new GodwitError("url.invalid", { detail: `'${String(url)}' is not.`, final: true });
}
