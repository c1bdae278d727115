/**
 * Functions that are called when something happens. One that throws harms nobody else.
 * @template {object} Events
 */
export class Listeners {
  /** @type {Map<keyof Events, Set<(value: never) => void>>} */
  #listeners = new Map();

  /**
   * @template {keyof Events} K
   * @param {K} event
   * @param {(value: Events[K]) => void} listener
   * @returns {() => void} What removes it again.
   */
  add(event, listener) {
    const all = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, all.add(listener));
    return () => void all.delete(listener);
  }

  /** @param {keyof Events} event */
  any(event) {
    return (this.#listeners.get(event)?.size ?? 0) > 0;
  }

  /**
   * @template {keyof Events} K
   * @param {K} event
   * @param {Events[K]} value
   */
  tell(event, value) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        /** @type {(value: Events[K]) => void} */ (listener)(value);
      } catch (error) {
        // As the platform does with a listener that throws.
        (globalThis.reportError ?? console.error)(error);
      }
    }
  }
}
