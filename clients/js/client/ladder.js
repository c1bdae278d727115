/** @typedef {import("./types.js").TransportKind} TransportKind */

/** ms for which a rung is left alone after it failed: at first, and at most. */
const PENALTY = 10_000;
const MOST = 300_000;
/** ms for which a page remembers what worked. */
const MEMORY = 3_600_000;

/**
 * A rung.
 * @typedef {object} Rung
 * @property {TransportKind} kind
 * @property {number} strikes How often it failed, one after the other.
 * @property {number} penalty
 * @property {number} notBefore When it may be tried.
 * @property {boolean} proven Whether it was ever useful for a while.
 */

/** Which transport to take. It goes down where one fails although the server can be reached, and up only when a better one has shown itself. */
export class Ladder {
  /** @type {Rung[]} */
  #rungs;
  #at;

  /**
   * @param {TransportKind[]} kinds The best first.
   * @param {import("./environment.js").Environment} environment
   * @param {string | null} key Under which name to remember what worked; null: not at all.
   */
  constructor(kinds, environment, key) {
    this.environment = environment;
    this.key = key;
    this.#rungs = kinds.map(kind => ({ kind, strikes: 0, penalty: PENALTY, notBefore: environment.now() + PENALTY, proven: false }));
    this.#at = Math.max(0, kinds.indexOf(/** @type {TransportKind} */ (this.#recall())));
  }

  /** Whether there is a choice. */
  get single() {
    return this.#rungs.length === 1;
  }

  /** The transport to take now. */
  get kind() {
    return /** @type {Rung} */ (this.#rungs[this.#at]).kind;
  }

  /** The better transport to try next, and in how many ms; null where there is none. */
  get better() {
    const [next] = this.#rungs.slice(0, this.#at).sort((a, b) => a.notBefore - b.notBefore);
    return next ? { kind: next.kind, in: Math.max(0, next.notBefore - this.environment.now()) } : null;
  }

  /**
   * A transport failed although the server can be reached.
   * @param {TransportKind} kind
   * @param {boolean} atOnce Whether that says enough; else it takes two in a row. One that was useful before gets a second chance in any case.
   * @returns {boolean} Whether another is taken now.
   */
  strike(kind, atOnce) {
    const rung = this.#of(kind);
    return ++rung.strikes >= (atOnce && !rung.proven ? 1 : 2) && this.drop(kind);
  }

  /**
   * A transport does not do here, which is certain.
   * @param {TransportKind} kind
   * @returns {boolean} Whether another is taken now.
   */
  drop(kind) {
    const rung = this.#of(kind);
    if (rung === this.#rungs.at(-1)) {
      return false;
    }
    this.block(kind);
    this.#at = this.#rungs.indexOf(rung) + 1;
    return true;
  }

  /**
   * A transport is not to be tried for a while, longer each time.
   * @param {TransportKind} kind
   */
  block(kind) {
    const rung = this.#of(kind);
    rung.strikes = 0;
    rung.proven = false;
    rung.notBefore = this.environment.now() + rung.penalty * (0.75 + this.environment.random() / 2);
    rung.penalty = Math.min(MOST, rung.penalty * 2);
  }

  /**
   * A transport took over.
   * @param {TransportKind} kind
   */
  take(kind) {
    this.#at = this.#rungs.indexOf(this.#of(kind));
  }

  /**
   * A transport was useful for a while.
   * @param {TransportKind} kind
   */
  prove(kind) {
    Object.assign(this.#of(kind), { strikes: 0, penalty: PENALTY, proven: true });
    this.#keep(kind);
  }

  /** Another network, perhaps: what failed may work. */
  forgive() {
    this.#rungs.forEach(rung => Object.assign(rung, { strikes: 0, penalty: PENALTY, notBefore: 0 }));
    this.#at = 0;
  }

  /**
   * @param {TransportKind} kind
   * @returns {Rung}
   */
  #of(kind) {
    return /** @type {Rung} */ (this.#rungs.find(rung => rung.kind === kind));
  }

  #recall() {
    try {
      const [kind, at] = this.key ? (this.environment.store?.getItem(this.key) ?? "").split(" ") : [];
      return Math.abs(this.environment.now() - Number(at)) < MEMORY ? kind : undefined;
    } catch {
      return undefined;
    }
  }

  /** @param {TransportKind} kind */
  #keep(kind) {
    try {
      if (this.key) {
        this.environment.store?.setItem(this.key, `${kind} ${this.environment.now()}`);
      }
    } catch {
      // The store is full, or not for this page: the next page finds out by itself.
    }
  }
}
