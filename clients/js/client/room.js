import { pagesBefore } from "./history.js";

/**
 * @template {keyof import("./reader.js").RoomEvents} K
 * @typedef {import("./reader.js").RoomEvents[K]} RoomEvent
 */

/**
 * A room that was joined. `for await (const entry of room)` gives its entries, and so does `room.on("entry", …)`; what comes
 * before somebody takes entries is kept for the first who does.
 */
export class Room {
  #session;
  #reader;

  /**
   * Rooms are made by `Godwit.join`.
   * @param {import("./session.js").Session} session
   * @param {import("./reader.js").Reader} reader
   */
  constructor(session, reader) {
    this.#session = session;
    this.#reader = reader;
  }

  /** The room's name. */
  get name() {
    return this.#reader.name;
  }

  /** Where reading goes on after a break; null before the server said where it begins. It can be kept and given to `join` as `after`. */
  get position() {
    return this.#reader.position;
  }

  /** How reading goes. */
  get state() {
    return this.#reader.state;
  }

  /** Whether entries come over a data channel that loses what is late. */
  get lossy() {
    return this.#reader.newest !== null;
  }

  /** Who is there, where the room was joined with `present`. */
  get members() {
    return this.#reader.roster.members;
  }

  /** The `session` of this client among the members; undefined where it is none. */
  get self() {
    return this.#reader.roster.self;
  }

  /**
   * Calls a function whenever something happens: `entry`, `gap`, `reset`, `members`, `state`, `lossy` or `error`.
   * @template {keyof import("./reader.js").RoomEvents} K
   * @param {K} event
   * @param {(value: RoomEvent<K>) => void} listener
   * @returns {() => void} What removes the listener again.
   */
  on(event, listener) {
    const off = this.#reader.listeners.add(event, listener);
    if (event === "entry") {
      this.#reader.flow.attach();
    }
    return off;
  }

  /**
   * The entries as they come. The iteration ends when the room is left, and throws a `GodwitError` when the server refuses it.
   * @returns {AsyncGenerator<import("./types.js").Entry, void, void>}
   */
  [Symbol.asyncIterator]() {
    return this.#reader.flow.read();
  }

  /**
   * Publishes one entry, once, however often the connection is lost meanwhile.
   * @param {string} event The event name, 1 to 64 of `A-Z a-z 0-9 _ . : -`.
   * @param {unknown} data Anything that JSON can say, or octets as an ArrayBuffer or a view of one.
   * @param {import("./types.js").PublishOptions} [options]
   * @returns {Promise<string>} The entry's position, when it is stored. Rejects with a `GodwitError`.
   */
  publish(event, data, options) {
    return this.#session.publish(this.name, event, data, options);
  }

  /**
   * Asks the application, where it has a handler for this room and event.
   * @param {string} event
   * @param {unknown} [data]
   * @returns {Promise<unknown>} The application's answer. Rejects with a `GodwitError`; `outcome.unknown` when the connection was
   *   lost meanwhile, since a request is never repeated.
   */
  request(event, data) {
    return this.#session.request(this.name, event, data);
  }

  /**
   * What was published before, backwards, page by page; the entries of a page are in order. By itself it begins before the first
   * entry that this room got.
   * @param {import("./types.js").HistoryOptions} [options]
   * @returns {AsyncGenerator<import("./types.js").Entry[], void, void>}
   */
  history(options = {}) {
    return pagesBefore(this.#session, this.#reader, options);
  }

  /**
   * Says something else of this member to all others.
   * @param {unknown} state Any JSON but null.
   * @returns {Promise<void>}
   */
  async setState(state) {
    this.#reader.options.state = state;
    await this.#session.ask({ op: "members", room: this.name, state });
  }

  /** Reads no further. Entries stay at the server, as long as it retains them. */
  pause() {
    this.#reader.pause(true);
  }

  /** Goes on after `pause()`, with the entry after the last one. */
  resume() {
    this.#reader.pause(false);
  }

  /** Leaves the room. A room that was joined more than once is left with the last `leave()`. */
  leave() {
    this.#session.leave(this.#reader);
  }
}
