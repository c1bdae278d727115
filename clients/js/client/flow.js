/** @typedef {import("./types.js").Entry} Entry */

/**
 * One `for await` over a room.
 * @typedef {{waiting: Entry[], wake: (value?: unknown) => void}} Reading
 */

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
      for (const reading of this.#readings) {
        reading.waiting.push(entry);
        reading.wake();
      }
    }
    this.look();
  }

  /** A listener was added, or an iterator: it gets what was kept, once the code that adds it is through. */
  attach() {
    if (this.#kept.length > 0) {
      queueMicrotask(() => this.#kept.splice(0).forEach(entry => this.push(entry)));
    }
  }

  read() {
    /** @type {Reading} */
    const reading = { waiting: [], wake() {} };
    if (this.#end === undefined) {
      this.#readings.add(reading);
      this.attach();
    }
    return this.#iterate(reading);
  }

  /**
   * @param {Reading} reading
   * @returns {AsyncGenerator<Entry, void, void>}
   */
  async *#iterate(reading) {
    const { waiting } = reading;
    try {
      for (;;) {
        while (waiting.length > 0) {
          const entry = /** @type {Entry} */ (waiting.shift());
          this.look();
          yield entry;
        }
        if (this.#end) {
          throw this.#end;
        }
        if (this.#end === null) {
          return;
        }
        await new Promise(resolve => {
          reading.wake = resolve;
        });
      }
    } finally {
      // What was not taken is for the next, if this was the only one.
      if (this.#readings.delete(reading) && this.#readings.size === 0 && !this.listeners.any()) {
        this.#kept.unshift(...waiting);
      }
      this.look();
    }
  }

  /** Looks whether more waits than should. */
  look() {
    const most = Math.max(this.#kept.length, ...[...this.#readings].map(reading => reading.waiting.length));
    const pressed = this.#pressed ? most > this.limit / 2 : most >= this.limit;
    if (pressed !== this.#pressed) {
      this.#pressed = pressed;
      this.press(pressed);
    }
  }

  /** @param {Error | null} fault Why nothing comes any more; null: the room was left. */
  end(fault) {
    this.#end = fault;
    this.#readings.forEach(reading => reading.wake());
  }
}
