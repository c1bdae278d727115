import { Fault } from "../fault.js";

/** Frames that were sent over the session's WebSocket and whose reply is due, by their `id`. */
export class Replies {
  #due = new Map();
  #id = 0;

  newId() {
    return ++this.#id;
  }

  /** Sends, and resolves with the reply that bears this id, or with null when the connection goes before it has come. */
  to(id, send) {
    return new Promise((resolve, reject) => {
      this.#due.set(id, { resolve, reject });
      send();
    });
  }

  /** Takes a `reply` or an `error`; false if none was due with this id. */
  take(frame) {
    const due = this.#due.get(frame.id);
    this.#due.delete(frame.id);
    if (frame.op === "error") {
      due?.reject(Fault.ofFrame(frame));
    } else {
      due?.resolve(frame);
    }
    return due !== undefined;
  }

  /** The connection is gone, and what was due with it. */
  lost() {
    const due = [...this.#due.values()];
    this.#due.clear();
    due.forEach(({ resolve }) => resolve(null));
  }
}
