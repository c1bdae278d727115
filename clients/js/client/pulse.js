/** Timers of a page that sleeps are late by more than this; then what has arrived is still to be handed out. */
const LATE = 2000;
const PATIENCE = 10_000;

/** Watches whether a connection is alive, by what is heard of it. */
export class Pulse {
  #heard;
  /** @type {number | null} */
  #asked = null;
  #cancel = () => {};

  /**
   * @param {import("./environment.js").Environment} environment
   * @param {{quiet: () => number, ask: () => void, dead: () => void}} how After `quiet` ms of silence `ask` is called, and `dead` when nothing
   *   is heard after that either.
   */
  constructor(environment, how) {
    this.environment = environment;
    this.how = how;
    this.#heard = environment.now();
    this.#wait();
  }

  heard() {
    this.#heard = this.environment.now();
    this.#asked = null;
  }

  /**
   * Asks now.
   * @param {number} [within] ms in which something must be heard.
   */
  check(within = PATIENCE) {
    this.#asked = this.environment.now();
    this.how.ask();
    this.#arm(within);
  }

  stop() {
    this.#cancel();
  }

  #wait() {
    this.#arm(Math.max(0, this.#heard + this.how.quiet() - this.environment.now()));
  }

  /** @param {number} ms */
  #arm(ms) {
    this.#cancel();
    this.#cancel = this.environment.after(ms, late => this.#look(late));
  }

  /** @param {number} late */
  #look(late) {
    if (this.#asked !== null) {
      // A timer that is late says that this page slept, not that the server did.
      return late > LATE ? this.check() : this.how.dead();
    }
    if (this.environment.now() - this.#heard >= this.how.quiet()) {
      return this.check();
    }
    this.#wait();
  }
}
