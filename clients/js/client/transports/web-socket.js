import { GodwitError } from "../errors.js";
import { sizeOf } from "../octets.js";
import { Pulse } from "../pulse.js";
import { Transport } from "./transport.js";

/** @typedef {import("../types.js").Frame} Frame */
/** @typedef {import("../reader.js").Reader} Reader */

/** Silence after which a young connection is asked for a sign of life, in ms: what shows that it is of use. */
const YOUNG = 10_000;

/** Both ways over one WebSocket. */
export class WebSocketTransport extends Transport {
  /** @type {WebSocket | null} */
  #socket = null;
  /** The rooms that were joined here, with the id of the join and whether it was answered. @type {Map<string, {reader: Reader, id: number, joined: boolean}>} */
  #joins = new Map();
  /** @type {Pulse | null} */
  #pulse = null;
  /** @type {{id: number, at: number} | null} */
  #ping = null;
  #old = false;
  /** What the server said last before it closes. @type {GodwitError | null} */
  #last = null;

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
    socket.onopen = () => {
      this.#send(JSON.stringify({ op: "hello", ...shown, session: session.token }));
      if (this.reads) {
        this.begin();
      }
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.end(this.#last && this.#last.code === reason ? this.#last : GodwitError.ofClose(code, reason));
    // The close that follows says more; the WebSocket of Node.js 20 leaves it out where it never opened.
    socket.onerror = () => void session.environment.after(50, () => this.end(GodwitError.ofClose(1006, "")));
  }

  begin() {
    this.reads = true;
    this.wanted.forEach(reader => this.#join(reader));
    this.flush();
  }

  detach() {
    super.detach();
    this.#joins.clear();
  }

  /** @param {Reader} reader */
  changed(reader) {
    const join = this.#joins.get(reader.name);
    if (this.#socket?.readyState !== 1 || !this.reads) {
      return; // What is wanted then is joined when it begins.
    }
    if (reader.wanted) {
      this.#join(reader);
    } else if (join?.reader === reader) {
      this.#joins.delete(reader.name);
      this.#say({ op: "leave", room: reader.name, id: this.session.nextId() });
    }
  }

  flush() {
    if (this.opened && this.reads) {
      this.session.outbox.take(this).forEach(item => this.#send(item.text));
    }
  }

  check() {
    this.#pulse?.check(5000);
  }

  close() {
    super.close();
    this.#pulse?.stop();
    const socket = this.#socket;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    }
  }

  /** @param {Reader} reader */
  #join(reader) {
    const id = this.session.nextId();
    this.#joins.set(reader.name, { reader, id, joined: false });
    this.#say({ op: "join", id, room: reader.name, ...reader.ask });
  }

  /** @param {Frame} frame */
  #say(frame) {
    this.#send(JSON.stringify(frame));
  }

  /** @param {string} text */
  #send(text) {
    this.session.counters.bytesUp += sizeOf(text);
    this.#socket?.send(text);
  }

  /** @param {unknown} text */
  #receive(text) {
    /** @type {Frame} */
    let frame;
    try {
      frame = JSON.parse(/** @type {string} */ (text));
    } catch (cause) {
      return this.end(new GodwitError("answer.foreign", { cause }));
    }
    this.session.counters.bytesDown += sizeOf(/** @type {string} */ (text));
    this.#pulse?.heard();
    this.events.heard();
    if (frame.op === "welcome") {
      this.#welcome(frame);
    } else if (frame.op === "pong" && this.#ping && frame.id === this.#ping.id) {
      this.session.roundTrip = this.session.environment.now() - this.#ping.at;
      this.#ping = null;
    } else if (!this.#toRoom(frame)) {
      this.#last = frame.op === "error" ? GodwitError.ofFrame(frame) : null;
      this.take(frame);
    }
  }

  /** @param {Frame} frame */
  #welcome(frame) {
    const { session } = this;
    session.welcome(frame);
    this.#pulse = new Pulse(session.environment, {
      quiet: () => this.#old ? session.heartbeat : Math.min(YOUNG, session.heartbeat),
      ask: () => this.#askLife(),
      dead: () => this.end(new GodwitError("network.silent")),
    });
    this.begun();
    this.flush();
    this.#askLife();
  }

  #askLife() {
    this.#ping = { id: this.session.nextId(), at: this.session.environment.now() };
    this.#say({ op: "ping", id: this.#ping.id });
  }

  /** It has been of use for a while; it is asked less often. */
  settle() {
    this.#old = true;
  }

  /**
   * Hands a frame to its room. What a join that is not answered yet would bring twice is left out.
   * @param {Frame} frame
   * @returns {boolean} Whether it was for a room.
   */
  #toRoom(frame) {
    const { op, id, room } = frame;
    const join = room === undefined ? undefined : this.#joins.get(room);
    if (join && id === join.id) {
      join.joined = op === "joined"; // Else the join was refused.
    } else if (!join || id !== undefined || !join.joined) {
      // Of a room that is read no more, or not yet again; or the answer to something else.
      return room !== undefined && /^(entry|joined|gap|reset|left|degraded|restored)$/.test(op) || (op === "members" && id === undefined);
    }
    if (!join.joined || op === "left") {
      this.#joins.delete(join.reader.name);
    }
    this.session.tell(join.reader, frame);
    return true;
  }
}
