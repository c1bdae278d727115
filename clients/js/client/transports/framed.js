import { GodwitError } from "../errors.js";
import { sizeOf } from "../octets.js";
import { Pulse } from "../pulse.js";
import { Transport } from "./transport.js";

/** @typedef {import("../types.js").Frame} Frame */
/** @typedef {import("../reader.js").Reader} Reader */

/** Silence after which a young connection is asked for a sign of life, in ms: what shows that it is of use. */
const YOUNG = 10_000;

/** Frames both ways over one connection. What it is, a subclass says. @abstract */
export class FramedTransport extends Transport {
  /** The rooms that were joined here, with the id of the join and whether it was answered. @type {Map<string, {reader: Reader, id: number, joined: boolean}>} */
  joins = new Map();
  /** What the server said last before it closes. @type {GodwitError | null} */
  last = null;
  /** @type {Pulse | null} */
  #pulse = null;
  /** @type {{id: number, at: number} | null} */
  #ping = null;
  #old = false;

  /** Whether frames can be sent. @abstract */
  get ready() {
    return false;
  }

  /** @abstract @param {string} text */
  write(text) {
    void text;
  }

  /** A room's join was answered. @param {Reader} reader */
  joined(reader) {
    void reader;
  }

  /** A room is read here no more. @param {Reader} reader */
  parted(reader) {
    void reader;
  }

  /** The connection is there. @param {{token?: string, ticket?: string}} shown */
  greet(shown) {
    this.say({ op: "hello", ...shown, session: this.session.token });
    if (this.reads) {
      this.begin();
    }
  }

  begin() {
    this.reads = true;
    this.wanted.forEach(reader => this.#join(reader));
    this.flush();
  }

  detach() {
    super.detach();
    this.#part();
  }

  /** @param {Reader} reader */
  changed(reader) {
    const join = this.joins.get(reader.name);
    if (!this.ready || !this.reads) {
      return; // What is wanted then is joined when it begins.
    }
    if (reader.wanted && this.takes(reader)) {
      this.#join(reader);
    } else if (join?.reader === reader) {
      this.joins.delete(reader.name);
      this.parted(reader);
      this.say({ op: "leave", room: reader.name, id: this.session.nextId() });
    }
  }

  flush() {
    if (this.opened && this.reads) {
      this.session.outbox.take(this).forEach(item => this.send(item.text));
    }
  }

  /** @param {number} [within] */
  check(within = 5000) {
    this.#pulse?.check(within);
  }

  close() {
    super.close();
    this.#pulse?.stop();
    this.#part();
  }

  /** @param {Frame} frame */
  say(frame) {
    this.send(JSON.stringify(frame));
  }

  /** @param {string} text */
  send(text) {
    this.session.counters.bytesUp += sizeOf(text);
    this.write(text);
  }

  /** A frame arrived. @param {string} text */
  receive(text) {
    /** @type {Frame} */
    let frame;
    try {
      frame = JSON.parse(text);
    } catch (cause) {
      return this.end(new GodwitError("answer.foreign", { cause }));
    }
    this.#pulse?.heard();
    this.events.heard();
    if (frame.op === "welcome") {
      this.#welcome(frame);
    } else if (frame.op === "pong" && this.#ping && frame.id === this.#ping.id) {
      this.session.roundTrip = this.session.environment.now() - this.#ping.at;
      this.#ping = null;
    } else if (!this.#toRoom(frame)) {
      // One that answers something, or is about a room, does not end the connection.
      this.last = frame.op === "error" && frame.id === undefined && frame.room === undefined ? GodwitError.ofFrame(frame) : null;
      this.take(frame);
    }
  }

  /** It has been of use for a while; it is asked less often. */
  settle() {
    this.#old = true;
  }

  /**
   * Hands a frame to its room.
   * @param {Reader} reader
   * @param {Frame} frame
   */
  tell(reader, frame) {
    this.session.tell(reader, frame);
  }

  /** @param {Reader} reader */
  #join(reader) {
    const id = this.session.nextId();
    this.joins.set(reader.name, { reader, id, joined: false });
    this.say({ op: "join", id, room: reader.name, ...reader.ask });
  }

  #part() {
    const all = [...this.joins.values()];
    this.joins.clear();
    all.forEach(({ reader }) => this.parted(reader));
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
    this.say({ op: "ping", id: this.#ping.id });
  }

  /**
   * Hands a frame to its room. What a join that is not answered yet would bring twice is left out.
   * @param {Frame} frame
   * @returns {boolean} Whether it was for a room.
   */
  #toRoom(frame) {
    const { op, id, room } = frame;
    const join = room === undefined ? undefined : this.joins.get(room);
    if (join && id === join.id) {
      join.joined = op === "joined"; // Else the join was refused.
    } else if (!join || id !== undefined || !join.joined) {
      // Of a room that is read no more, or not yet again; or the answer to something else.
      return room !== undefined && /^(entry|joined|gap|reset|left|degraded|restored)$/.test(op) || (op === "members" && id === undefined);
    }
    const { reader } = join;
    if (!join.joined || op === "left") {
      this.joins.delete(reader.name);
      this.parted(reader);
    }
    this.tell(reader, frame);
    if (op === "joined") {
      this.joined(reader);
    }
    return true;
  }
}
