/** ms between two positions, about as often as a screen is worth. */
const EVERY = 33;

/** Says where the cursor is: where the pointer is on the field, or where it goes by itself. */
export class Mover {
  #publish;
  #at = null;
  #timer = null;
  #since = Infinity;
  #last = performance.now();

  /**
   * @param {HTMLCanvasElement} field
   * @param {(position: {x: number, y: number, at: number, since: number}) => void} publish told some 30 times a second while it moves.
   *   `x` and `y` are 0 to 1, `at` is in ms since the Unix epoch, `since` the ms since the position before.
   */
  constructor(field, publish) {
    this.#publish = publish;
    field.addEventListener("pointermove", ({ offsetX, offsetY }) => {
      this.#at = { x: offsetX / field.clientWidth, y: offsetY / field.clientHeight };
    });
    setInterval(() => {
      if (this.#at && this.#timer === null) {
        this.#say(this.#at);
        this.#at = null;
      }
    }, EVERY);
  }

  get moving() {
    return this.#timer !== null;
  }

  /** Moves by itself, or no more. */
  toggle() {
    if (this.moving) {
      clearInterval(this.#timer);
      this.#timer = null;
    } else {
      this.#timer = setInterval(() => {
        const t = performance.now() / 1000;
        this.#say({ x: 0.5 + 0.42 * Math.sin(2.1 * t), y: 0.5 + 0.4 * Math.sin(3.3 * t) });
      }, EVERY);
    }
  }

  #say({ x, y }) {
    const now = performance.now();
    this.#since = now - this.#last;
    this.#last = now;
    this.#publish({ x: round(x), y: round(y), at: Date.now(), since: Math.round(this.#since) });
  }
}

const round = value => Math.round(Math.min(1, Math.max(0, value)) * 1e4) / 1e4;
