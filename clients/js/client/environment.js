/**
 * What a client needs of its platform; tests give another.
 * @typedef {object} Environment
 * @property {() => number} now ms since the Unix epoch.
 * @property {(ms: number, run: (late: number) => void) => () => void} after Runs something later, and says how many ms later than
 *   asked: a page that sleeps keeps its timers waiting. Returns what cancels it.
 * @property {() => number} random 0 or more, below 1.
 * @property {typeof fetch} fetch
 * @property {typeof WebSocket | undefined} WebSocket
 * @property {typeof RTCPeerConnection | undefined} RTCPeerConnection
 * @property {EventTarget | undefined} page Where `online`, `offline`, `pagehide` and `pageshow` happen.
 * @property {EventTarget | undefined} document Where `resume` and `visibilitychange` happen.
 * @property {Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined} store
 */

/**
 * The platform that the client runs on.
 * @param {import("./types.js").Options} options
 * @returns {Environment}
 */
export function environmentOf(options) {
  const given = options.fetch;
  return {
    now: () => Date.now(),
    after(ms, run) {
      const due = Date.now() + ms;
      const timer = setTimeout(() => run(Math.max(0, Date.now() - due)), ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    fetch: given ? (input, init) => given(input, init) : (input, init) => globalThis.fetch(input, init),
    WebSocket: options.WebSocket ?? globalThis.WebSocket,
    RTCPeerConnection: options.RTCPeerConnection ?? globalThis.RTCPeerConnection,
    page: typeof globalThis.addEventListener === "function" ? globalThis : undefined,
    document: globalThis.document,
    store: storeOf(),
  };
}

function storeOf() {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined; // The page may not have one.
  }
}
