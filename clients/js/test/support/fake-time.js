/** A clock that a test moves by hand, and chance that repeats itself: what `environment.js` takes from the platform. */
export class FakeTime {
  #now = 1_795_449_600_000;
  #timers = [];
  #seed;

  constructor(seed = 1) {
    this.#seed = seed;
  }

  now = () => this.#now;

  after = (ms, run) => {
    const timer = { due: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter(each => each !== timer);
    };
  };

  /** Mulberry32. */
  random = () => {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };

  get timers() {
    return this.#timers.length;
  }

  /** Lets time go by; every timer runs when it is due, and all that follows from it before the next. */
  async advance(ms) {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#timers.filter(timer => timer.due <= end).sort((a, b) => a.due - b.due)[0];
      if (!next) {
        break;
      }
      this.#now = Math.max(this.#now, next.due);
      this.#timers = this.#timers.filter(timer => timer !== next);
      next.run(0);
      await settle();
    }
    this.#now = end;
  }

  /** The computer sleeps: time goes by, and the timers that were due run afterwards, late. */
  async sleep(ms) {
    this.#now += ms;
    const due = this.#timers.filter(timer => timer.due <= this.#now).sort((a, b) => a.due - b.due);
    for (const timer of due) {
      if (this.#timers.includes(timer)) {
        this.#timers = this.#timers.filter(each => each !== timer);
        timer.run(this.#now - timer.due);
      }
    }
    await settle();
  }

  /** What a client needs, beside a network. */
  environment(more = {}) {
    const { now, after, random } = this;
    return { now, after, random, fetch: undefined, WebSocket: undefined, page: undefined, document: undefined, store: undefined, ...more };
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle() {
  for (let turn = 0; turn < 6; turn++) {
    await new Promise(resolve => setImmediate(resolve));
  }
}
