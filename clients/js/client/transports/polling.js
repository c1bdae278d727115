import { GodwitError } from "../errors.js";
import { exchange, roomsOf } from "../exchange.js";
import { Transport } from "./transport.js";

/** @typedef {import("../types.js").Answer} Answer */
/** @typedef {import("../reader.js").Reader} Reader */

/** ms after which the members of rooms are asked for again; exchanges are not told of changes. */
const MEMBERS = 15_000;

/** What short and long polls have in common: exchanges one after the other, each from where the one before it ended. @abstract */
export class PollingTransport extends Transport {
  #asked = -Infinity;

  /**
   * One exchange that reads the rooms.
   * @param {{wait: number, send?: string[], signal: AbortSignal, within: number}} how
   */
  async poll({ wait, send, signal, within }) {
    /** @type {Map<string, Reader>} */
    let readers = new Map();
    const { answer, pollAfter, took } = await exchange(this.session, () => {
      readers = this.wanted;
      return wait > 0 ? { rooms: roomsOf(readers), wait } : { rooms: roomsOf(readers) };
    }, { send, signal, within });
    signal.throwIfAborted();
    if (wait === 0) {
      this.session.roundTrip = took;
    }
    if (!this.reads) {
      readers.clear(); // Another transport reads now; what was sent is still answered here.
    }
    this.#apply(answer, readers);
    this.#askMembers(readers);
    return { answer, pollAfter, took };
  }

  /**
   * @param {Answer} answer
   * @param {Map<string, Reader>} readers Those that were asked for.
   */
  #apply(answer, readers) {
    const { session } = this;
    session.welcome(answer);
    this.events.heard();
    answer.replies.forEach(frame => session.answer(frame));
    for (const frame of answer.frames) {
      const reader = readers.get(frame.room ?? "");
      if (reader) {
        session.tell(reader, frame);
      }
    }
    for (const [name, reader] of readers) {
      const position = answer.rooms[name];
      if (position !== undefined && reader.position !== null && this.takes(reader)) {
        reader.position = position;
      }
    }
  }

  /** @param {Map<string, Reader>} readers */
  #askMembers(readers) {
    const now = this.session.environment.now();
    const told = [...readers.values()].filter(reader => reader.options.present !== undefined && reader.state.name === "open");
    if (now - this.#asked >= MEMBERS && told.length > 0) {
      this.#asked = now;
      for (const reader of told) {
        this.session.ask({ op: "members", room: reader.name }).then(frame => reader.take(frame), fault => reader.listeners.tell("error", fault));
      }
    }
  }

  /** @param {Reader} reader */
  changed(reader) {
    super.changed(reader);
    if (reader.options.present && reader.state.name === "closed" && reader.position) {
      // Else it would stay a member for a minute.
      const rooms = { [reader.name]: { after: reader.position, present: false } };
      exchange(this.session, () => ({ rooms }), { within: 10_000 }).catch(() => {});
    }
  }

  /** The next exchange shows the new credential. */
  async renew() {
    const { answer } = await exchange(this.session, () => ({}), { within: 20_000 });
    return { op: "reply", expires: answer.expires };
  }

  /** @param {unknown} error */
  fail(error) {
    this.end(GodwitError.ofNetwork(error));
  }
}
