/** How long to wait between attempts: a random time up to a bound that doubles ("full jitter"), so that many clients spread out. */
export class Backoff {
  #tries = 0;

  /**
   * @param {import("./environment.js").Environment} environment
   * @param {number} first ms
   * @param {number} most ms
   */
  constructor(environment, first, most) {
    this.environment = environment;
    this.first = first;
    this.most = most;
  }

  /**
   * The ms to wait now.
   * @param {number} [least] What the server asked for.
   */
  next(least = 0) {
    const bound = Math.min(this.most, this.first * 2 ** Math.min(this.#tries++, 30));
    return Math.max(least, Math.ceil(this.environment.random() * bound));
  }

  reset() {
    this.#tries = 0;
  }
}
