/** Faults that this client finds by itself. Those of the server have the codes of PROTOCOL.md, section 10.2. */
const SENTENCES = {
  "answer.foreign": "What answered is no Godwit server. Check the URL.",
  "answer.timeout": "There was no answer in time. Ask again.",
  "client.closed": "The client was closed. Make a new one.",
  "disconnected": "The page cut the connection; connect() goes on.",
  "entry.too_large": "The entry is larger than a session carries. Publish less, or POST it to the room.",
  "network.failed": "The server cannot be reached. Check the URL and the network.",
  "network.silent": "The server was silent for too long.",
  "outbox.full": "Too much waits to be sent. Publish more slowly.",
  "outcome.unknown": "The connection was lost before the answer came. Look whether it was carried out.",
  "page.hidden": "The page is put away.",
  "publish.unsent": "There was no connection for too long. Nothing was published.",
  "room.left": "The room was left. Join it again.",
  "token.unavailable": "The option token or ticket gave no credential.",
  "transport.none": "None of the transports works here. Give options.WebSocket or options.RTCPeerConnection, or allow others.",
  "url.invalid": "The URL is no address of a server, like https://example.com/rt.",
};

/** Codes of the server after which the same request may succeed (those with close codes from 4000 to 4499). */
const FOR_NOW = /^(drain|internal|answer\.full|(connections|sessions)\.limit)$|\.(rate|timeout|away|overloaded|silent|stalled)$/;

/** Codes of credentials that a new one may cure. */
const CREDENTIAL = /^(token\.|ticket\.unknown|credential\.missing|session\.revoked)/;

/** A fault, with a stable code and a sentence that says what to do. */
export class GodwitError extends Error {
  /**
   * @param {string} code The stable name.
   * @param {{title?: string, detail?: string, retry?: number, final?: boolean, explained?: boolean, unfit?: boolean, cause?: unknown}} [more]
   */
  constructor(code, { title, detail, retry, final = false, explained = false, unfit = false, cause } = {}) {
    const sentence = title ?? /** @type {Record<string, string>} */ (SENTENCES)[code] ?? code;
    super(detail ? `${sentence} ${detail}` : sentence, cause === undefined ? undefined : { cause });
    this.name = "GodwitError";
    /** The stable name: what a program should look at. */
    this.code = code;
    /** ms after which trying again makes sense, where the server said so. @type {number | undefined} */
    this.retry = retry;
    /** Whether the same request would be refused again. */
    this.final = final;
    /** Whether the server itself said so. */
    this.explained = explained;
    /** Whether the transport does not do here, though the server was reached. */
    this.unfit = unfit;
  }

  /** Whether another credential may help. */
  get ofCredential() {
    return CREDENTIAL.test(this.code);
  }

  /**
   * What an `error` frame says.
   * @param {import("./types.js").Frame} frame
   */
  static ofFrame({ code = "answer.foreign", title, detail, retry }) {
    return new GodwitError(code, { title, detail, retry, explained: true, final: !FOR_NOW.test(code) });
  }

  /**
   * What an answer says that is no success.
   * @param {Response} response
   */
  static async ofResponse(response) {
    const text = await response.text().catch(() => "");
    const after = Number(response.headers.get("Retry-After") || NaN) * 1000;
    const retry = after >= 0 ? after : undefined;
    try {
      const problem = JSON.parse(text);
      if (typeof problem.code === "string") {
        const { status } = response;
        return new GodwitError(problem.code, {
          title: problem.title, detail: problem.detail, explained: true, retry: problem.retry ?? retry,
          final: status < 500 && status !== 408 && status !== 429,
        });
      }
    } catch {
      // A page of something that stands between.
    }
    return new GodwitError("answer.foreign", { detail: `Its status is ${response.status}.`, retry });
  }

  /**
   * Why a WebSocket was closed.
   * @param {number} code
   * @param {string} reason
   */
  static ofClose(code, reason) {
    return code >= 4000 && code <= 4999
      ? new GodwitError(reason || "answer.foreign", { title: `The server closed the WebSocket: ${reason || code}.`, explained: true, final: code >= 4500 })
      : new GodwitError("network.failed", { detail: `The WebSocket was closed (${code}).` });
  }

  /** @param {unknown} cause */
  static ofNetwork(cause) {
    return cause instanceof GodwitError ? cause : new GodwitError("network.failed", { cause });
  }
}
