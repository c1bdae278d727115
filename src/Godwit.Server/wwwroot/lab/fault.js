/** Something that went wrong, in words for a person. `final`: the same request would be refused again. */
export class Fault extends Error {
  constructor(words, { code = "", final = false, retryAfter = null } = {}) {
    super(words);
    this.name = "Fault";
    this.code = code;
    this.final = final;
    this.retryAfter = retryAfter;
  }

  /** Of an answer that is not a success: its problem document if it has one. */
  static async ofResponse(response) {
    const temporary = response.status >= 500 || response.status === 408 || response.status === 429;
    const retryAfter = Number(response.headers.get("Retry-After")) || null;
    let problem = null;
    if (response.headers.get("Content-Type")?.includes("json")) {
      problem = await response.json().catch(() => null);
    }
    const words = problem ? wordsOf(problem) : "";
    return new Fault(words || `The server answered ${response.status} ${response.statusText}`.trim() + ".", {
      code: problem?.code ?? `HTTP ${response.status}`,
      final: !temporary,
      retryAfter,
    });
  }

  /** Of a request that got no answer, or whose answer broke off. */
  static ofNetwork(error) {
    return error instanceof SyntaxError
      ? new Fault("The server sent something that is not a frame of the protocol.", { code: error.message })
      : new Fault("The connection to the server is lost. It may have stopped, or the network is away.");
  }

  /** Of a WebSocket that was closed by the other side. */
  static ofClose(code, reason) {
    return code === 1006
      ? Fault.ofNetwork()
      : new Fault(reason ? `The server closed the WebSocket: ${reason}` : "The server closed the WebSocket.", {
        code: String(code),
        final: code >= 4500 && code < 5000,
      });
  }

  /** Of an error frame. */
  static ofFrame(frame) {
    return new Fault(wordsOf(frame) || "The server reported an error.", { code: frame.code ?? "" });
  }
}

function wordsOf({ title, detail }) {
  return [title, detail]
    .filter((text, index, all) => text && all.indexOf(text) === index)
    .map(text => (/[.!?]$/.test(text) ? text : `${text}.`))
    .join(" ");
}

/** Asks again, by fetch, a URL that EventSource or WebSocket was refused: these two do not show the reason to a page. */
export async function whyRefused(url, accept, signal) {
  const asked = new AbortController();
  try {
    const response = await fetch(url, { headers: { Accept: accept }, signal: AbortSignal.any([signal, asked.signal]) });
    return response.ok ? Fault.ofNetwork() : await Fault.ofResponse(response);
  } catch (error) {
    return Fault.ofNetwork(error);
  } finally {
    asked.abort();
  }
}
