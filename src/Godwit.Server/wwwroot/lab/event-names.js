/** The names of EventSource's own events and of Godwit's frames: no entry bears them. */
const RESERVED = new Set(["godwit", "error", "open"]);

/** The event names that the page knows. EventSource hears no others. */
export class EventNames {
  #names = new Set(["message"]);
  #listeners = new Set();

  add(name) {
    if (name && !RESERVED.has(name) && !this.#names.has(name)) {
      this.#names.add(name);
      this.#listeners.forEach(listener => listener(name));
    }
  }

  all() {
    return [...this.#names];
  }

  /** Calls the listener with every name known and, until `stop`, with every name to come. */
  each(listener) {
    this.#names.forEach(name => listener(name));
    this.#listeners.add(listener);
  }

  stop(listener) {
    this.#listeners.delete(listener);
  }
}
