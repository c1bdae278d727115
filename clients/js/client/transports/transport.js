import { GodwitError } from "../errors.js";

/** @typedef {import("../types.js").Frame} Frame */
/** @typedef {import("../reader.js").Reader} Reader */

/**
 * What a transport tells.
 * @typedef {object} TransportEvents
 * @property {() => void} opened The server took the session.
 * @property {() => void} heard Something arrived.
 * @property {(fault: GodwitError) => void} ended It is over.
 * @property {(frame: Frame) => void} drain The server is stopping.
 * @property {(degraded: boolean) => void} degraded The server's store is away, or back.
 */

/**
 * One connection of a session, or one run of exchanges. It reads the rooms that the session wants, from their positions, and carries what
 * is in the outbox. It decides how, never what: positions, order and repetition are the session's.
 * @abstract
 */
export class Transport {
  /** Whether it is over. */
  closed = false;
  /** Whether the server took the session. */
  opened = false;
  /** Cancels what is about to be asked. */
  cancel = () => {};
  /** Whether it reads the rooms; else it only shows that it could. */
  reads = false;
  /** Whether another carries the session, and this one reads some rooms alone. */
  aside = false;

  /**
   * @param {import("../session.js").Session} session
   * @param {TransportEvents} events
   */
  constructor(session, events) {
    this.session = session;
    this.events = events;
  }

  /** Connects. @param {boolean} reads Whether it reads the rooms from the start. */
  open(reads) {
    this.reads = reads;
    void this.connect().catch(error => this.end(GodwitError.ofNetwork(error)));
  }

  /** @abstract @returns {Promise<void>} */
  async connect() {}

  /** It was opened without reading, and reads from now on. */
  begin() {
    this.reads = true;
    this.again();
  }

  /** Another reads the rooms from now on; what was sent here is still answered here. */
  detach() {
    this.reads = false;
  }

  /** A room is to be read, or not any more. @param {Reader} reader */
  changed(reader) {
    void reader;
    if (this.reads && this.opened) {
      this.later(0); // What is joined together is asked for together.
    }
  }

  /** Asks anew in a while. @param {number} ms */
  later(ms) {
    this.cancel();
    this.cancel = this.session.environment.after(ms, () => this.again());
  }

  /** Asks anew, for the rooms that are wanted now. */
  again() {}

  /** There is something to send. */
  flush() {}

  /** It has been of use for a while. */
  settle() {}

  /** Whether the connection lives is to be found out now. */
  check() {
    this.again();
  }

  /** Puts a new credential in the place of the present one. @returns {Promise<Frame | undefined>} With `expires`. */
  async renew() {
    const fields = await this.session.credential.fields();
    return this.session.ask({ op: "refresh", ...fields });
  }

  close() {
    this.closed = true;
    this.cancel();
  }

  /** It is there. */
  begun() {
    if (!this.opened) {
      this.opened = true;
      this.events.opened();
    }
  }

  /** @param {GodwitError} fault */
  end(fault) {
    if (!this.closed) {
      this.close();
      this.events.ended(fault);
    }
  }

  /** Whether a room is for it: not where another reads it. @param {Reader} reader */
  takes(reader) {
    return !reader.aside;
  }

  /** The rooms that are to be read. @returns {Map<string, Reader>} */
  get wanted() {
    return new Map([...this.session.readers].filter(([, reader]) => reader.wanted && this.takes(reader)));
  }

  /**
   * A frame that belongs to no room here.
   * @param {Frame} frame
   */
  take(frame) {
    switch (frame.op) {
      case "drain": return this.events.drain(frame);
      case "degraded":
      case "restored": return this.events.degraded(frame.op === "degraded");
      default: this.session.answer(frame);
    }
  }
}
