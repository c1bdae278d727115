import { get } from "./element.js";

const WORDS = { idle: "Connecting", connecting: "Connecting", open: "Connected", degraded: "Connected", waiting: "Not connected", closed: "Signed out" };
/** Codes that all say the same to whoever chats: no connection, no answer, no ticket for lack of either. */
const UNREACHABLE = new Set(["network.failed", "network.silent", "token.unavailable"]);
const TRANSPORTS = { websocket: "WebSocket", stream: "session stream", longpoll: "long polling", poll: "short polling" };

/** Says in one line how the connection does. */
export class ConnectionLine {
  #client = null;
  #until = 0;
  #timer;

  constructor() {
    get("retry").addEventListener("click", () => this.#client?.connect());
  }

  /** Shows the state of a client from now on. */
  watch(client) {
    this.#client = client;
    client.on("state", state => this.#client === client && this.#show(state));
    this.#show(client.state);
  }

  #show(state) {
    clearInterval(this.#timer);
    this.#until = state.retryIn === undefined ? 0 : Date.now() + state.retryIn;
    if (state.name === "waiting") {
      this.#timer = setInterval(() => this.#paint(state), 1_000);
    } else if (state.name === "open") {
      this.#timer = setInterval(() => this.#paint(state), 2_000);
    }
    this.#paint(state);
  }

  #paint(state) {
    get("state").dataset.state = state.name;
    text(get("state-word"), WORDS[state.name]);
    text(get("state-note"), this.#note(state));
    get("retry").hidden = state.name !== "waiting";
  }

  #note({ name, code, why }) {
    const { transport, roundTrip } = this.#client;
    switch (name) {
      case "open":
        return [TRANSPORTS[transport], roundTrip === undefined || roundTrip === null ? null : `${Math.round(roundTrip)} ms`].filter(Boolean).join(" · ");
      case "waiting":
        return `${UNREACHABLE.has(code) ? "The server cannot be reached." : why ?? ""} Trying again ${this.#until > Date.now() ? `in ${Math.ceil((this.#until - Date.now()) / 1_000)} s` : "now"}. What you send meanwhile is sent then.`;
      case "degraded":
        return "but the server’s store does not answer. Messages may be late; none is lost.";
      case "closed":
        return why ?? "";
      default:
        return "";
    }
  }
}

// A live region speaks when it changes: it does so only for something new.
function text(place, words) {
  if (place.textContent !== words) {
    place.textContent = words;
  }
}
