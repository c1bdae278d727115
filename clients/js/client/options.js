import { GodwitError } from "./errors.js";
import { check, checkNumber, checkOneOf } from "./checks.js";

/** @typedef {import("./types.js").TransportKind} TransportKind */

/** All transports, each of which goes through more than the one before. @type {TransportKind[]} */
const ALL = ["datachannel", "websocket", "stream", "longpoll", "poll"];

/**
 * The options with what is not given filled in.
 * @typedef {object} Settings
 * @property {import("./types.js").Options["token"]} token
 * @property {import("./types.js").Options["ticket"]} ticket
 * @property {RequestCredentials} credentials
 * @property {number} openTimeout
 * @property {number} wait
 * @property {number | undefined} pollInterval
 * @property {number} publishFor
 * @property {number} answerTimeout
 * @property {number} outbox
 * @property {boolean} remember
 * @property {{first: number, most: number}} backoff
 * @property {TransportKind[]} transports
 * @property {boolean} lossy Whether rooms of which only the newest entry matters may come over a channel that loses what is late.
 */

/**
 * @param {import("./types.js").Options} options
 * @param {import("./environment.js").Environment} environment
 * @returns {Settings}
 */
export function settingsOf({ token, ticket, pollInterval, transport, transports, lossy, credentials = "same-origin", remember = true, backoff = {}, ...rest }, environment) {
  const { openTimeout = 8000, wait = 25, publishFor = 270_000, answerTimeout = 30_000, outbox = 1000 } = rest;
  const { first = 1000, most = 30_000 } = backoff;
  checkNumber("openTimeout", openTimeout, 500, 60_000);
  checkNumber("wait", wait, 1, 120);
  checkNumber("publishFor", publishFor, 1000, 86_400_000);
  checkNumber("answerTimeout", answerTimeout, 1000, 600_000);
  checkNumber("outbox", outbox, 1, 100_000);
  checkNumber("backoff.first", first, 10, 60_000);
  checkNumber("backoff.most", most, first, 600_000);
  checkNumber("pollInterval", pollInterval ?? 250, 250, 300_000);
  checkOneOf("transport", transport, [undefined, ...ALL]);
  checkOneOf("lossy", lossy, [undefined, true, false]);
  check(transport === undefined || transports === undefined, "parameter.conflict", "Give either transport or transports.");
  const kinds = transports ?? ALL.slice(ALL.indexOf(transport ?? "websocket"));
  checkOneOf("transports being a list", Array.isArray(kinds), [true]);
  kinds.forEach(kind => checkOneOf("transports", kind, ALL));
  checkOneOf("token", typeof token, ["undefined", "string", "function"]);
  checkOneOf("ticket", typeof ticket, token === undefined ? ["undefined", "function"] : ["undefined"]);
  check(!ticket || !(kinds.includes("datachannel") || lossy), "parameter.conflict", "A data channel takes a token and no ticket: give token.");
  const usable = kinds.filter(kind => (kind !== "websocket" || environment.WebSocket) && (kind !== "datachannel" || environment.RTCPeerConnection));
  if (usable.length === 0) {
    throw new GodwitError("transport.none", { final: true });
  }
  return {
    token, ticket, credentials, openTimeout, wait, pollInterval, publishFor, answerTimeout, outbox, remember, backoff: { first, most }, transports: usable,
    lossy: Boolean(environment.RTCPeerConnection && !ticket && (lossy ?? (!transports || transports.includes("datachannel")))),
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
