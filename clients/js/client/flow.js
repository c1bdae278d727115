/** @typedef {import("./types.js").Entry} Entry */

/**
 * The entries of a room on their way to whoever consumes them: a listener gets them at once, an iterator when it asks. What
 * comes while nobody consumes is kept for the first who does.
 */
export class Flow {
  /** @type {Entry[]} */
  #kept = [];
  /** @type {Set<Reading>} */
  #readings = new Set();
  /** @type {Error | null | undefined} */
  #end;
  #pressed = false;

  /**
   * @param {number} limit How many entries may wait for a consumer.
   * @param {{any: () => boolean, tell: (entry: Entry) => void}} listeners Those that get entries at once.
   * @param {(pressed: boolean) => void} press Told when more wait than should, and when they are taken.
   */
  constructor(limit, listeners, press) {
    this.limit = limit;
    this.listeners = listeners;
    this.press = press;
  }

  /** @param {Entry} entry */
  push(entry) {
    if (this.#kept.length > 0 || !(this.#readings.size > 0 || this.listeners.any())) {
      this.#kept.push(entry);
    } else {
      this.listeners.tell(entry);
      this.#readings.forEach(reading => reading.push(entry));
    }
    this.look();
  }

  /** A listener was added, or an iterator: it gets what was kept, once the code that adds it is through. */
  attach() {
    if (this.#kept.length > 0) {
      queueMicrotask(() => this.#kept.splice(0).forEach(entry => this.push(entry)));
    }
  }

  /** @returns {AsyncIterableIterator<Entry, void, void>} */
  read() {
    const reading = new Reading(this);
    if (this.#end !== undefined) {
      reading.finish(this.#end);
    } else {
      this.#readings.add(reading);
      this.attach();
    }
    return reading;
  }

  /**
   * An iterator is done with; what it has not taken is for the next, if it was the only one.
   * @param {Reading} reading
   */
  detach(reading) {
    if (this.#readings.delete(reading) && this.#readings.size === 0 && !this.listeners.any()) {
      this.#kept.unshift(...reading.rest());
    }
    this.look();
  }

  /** Looks whether more waits than should. */
  look() {
    const most = Math.max(this.#kept.length, ...[...this.#readings].map(reading => reading.waiting));
    const pressed = this.#pressed ? most > this.limit / 2 : most >= this.limit;
    if (pressed !== this.#pressed) {
      this.#pressed = pressed;
      this.press(pressed);
    }
  }

  /** @param {Error | null} fault Why nothing comes any more; null: the room was left. */
  end(fault) {
    this.#end = fault;
    this.#readings.forEach(reading => reading.finish(fault));
    this.#readings.clear();
  }
}

/** One `for await` over a room. @implements {AsyncIterableIterator<Entry, void, void>} */
class Reading {
  /** @type {Entry[]} */
  #waiting = [];
  /** @type {{resolve: (result: IteratorResult<Entry, void>) => void, reject: (fault: Error) => void}[]} */
  #asked = [];
  /** @type {Error | null | undefined} */
  #end;
  #at = 0;

  /** @param {Flow} flow */
  constructor(flow) {
    this.flow = flow;
  }

  get waiting() {
    return this.#waiting.length - this.#at;
  }

  rest() {
    return this.#waiting.splice(this.#at);
  }

  /** @param {Entry} entry */
  push(entry) {
    const first = this.#asked.shift();
    if (first) {
      first.resolve({ value: entry, done: false });
    } else {
      this.#waiting.push(entry);
    }
  }

  /** @param {Error | null} fault */
  finish(fault) {
    this.#end = fault;
    for (const asked of this.#asked.splice(0)) {
      void this.#settle(asked);
    }
  }

  /** @returns {Promise<IteratorResult<Entry, void>>} */
  next() {
    if (this.waiting > 0) {
      const value = /** @type {Entry} */ (this.#waiting[this.#at++]);
      if (this.#at > 1000 || this.waiting === 0) {
        this.#waiting.splice(0, this.#at);
        this.#at = 0;
      }
      this.flow.look();
      return Promise.resolve({ value, done: false });
    }
    return new Promise((resolve, reject) => {
      const asked = { resolve, reject };
      if (this.#end === undefined) {
        this.#asked.push(asked);
      } else {
        this.#settle(asked);
      }
    });
  }

  /** @param {{resolve: (result: IteratorResult<Entry, void>) => void, reject: (fault: Error) => void}} asked */
  #settle(asked) {
    if (this.#end) {
      const fault = this.#end;
      this.#end = null; // Told once, like a generator.
      asked.reject(fault);
    } else {
      asked.resolve({ value: undefined, done: true });
    }
  }

  /** @returns {Promise<IteratorResult<Entry, void>>} */
  return() {
    this.flow.detach(this);
    this.finish(null);
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
