import { GodwitError } from "../errors.js";
import { sizeOf } from "../octets.js";
import { FramedTransport } from "./framed.js";

/** Both ways over one WebSocket. */
export class WebSocketTransport extends FramedTransport {
  /** @type {WebSocket | null} */
  #socket = null;

  async connect() {
    const { session } = this;
    const shown = await session.credential.fields();
    if (this.closed) {
      return;
    }
    const Socket = /** @type {typeof WebSocket} */ (session.environment.WebSocket);
    session.counters.requests++;
    const socket = new Socket(session.url.replace(/^http/, "ws"), "godwit.v1");
    this.#socket = socket;
    socket.onopen = () => this.greet(shown);
    socket.onmessage = ({ data }) => {
      session.counters.bytesDown += sizeOf(data);
      this.receive(data);
    };
    socket.onclose = ({ code, reason }) => this.end(this.last && this.last.code === reason ? this.last : GodwitError.ofClose(code, reason));
    // The close that follows says more; the WebSocket of Node.js 20 leaves it out where it never opened.
    socket.onerror = () => void session.environment.after(50, () => this.end(GodwitError.ofClose(1006, "")));
  }

  get ready() {
    return this.#socket?.readyState === 1;
  }

  /** @param {string} text */
  write(text) {
    this.#socket?.send(text);
  }

  close() {
    super.close();
    const socket = this.#socket;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    }
  }
}
