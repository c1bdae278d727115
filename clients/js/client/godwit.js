import { checkJoin, checkRoom } from "./checks.js";
import { environmentOf } from "./environment.js";
import { GodwitError } from "./errors.js";
import { sessionUrl, settingsOf } from "./options.js";
import { Room } from "./room.js";
import { Session } from "./session.js";

/**
 * A client of a Godwit server: any number of rooms over one connection, which is kept whatever the network does.
 *
 * @example
 * const room = new Godwit("/rt").join("lobby");
 * room.publish("message", { text: "hello" });
 * for await (const entry of room) console.log(entry.offset, entry.data);
 */
export class Godwit {
  #session;
  /** @type {WeakMap<import("./reader.js").Reader, Room>} */
  #rooms = new WeakMap();

  /**
   * Nothing is sent before a room is joined, something is published, or `connect()` is called.
   * @param {string | URL} [url] The server's mount point; in a page it may be relative.
   * @param {import("./types.js").Options} [options]
   * @throws {GodwitError} `url.invalid`, `option.invalid` or `transport.none`.
   */
  constructor(url = "/rt", options = {}) {
    const environment = /** @type {{environment?: import("./environment.js").Environment}} */ (options).environment ?? environmentOf(options);
    this.#session = new Session(sessionUrl(url), settingsOf(options, environment), environment);
  }

  /** Whether it is connected, and if not, why. */
  get state() {
    return this.#session.connector.state;
  }

  /** What carries the session now; null while nothing does. */
  get transport() {
    return this.#session.connector.transport;
  }

  /** How many ms the last thing took that the server answers at once; null before the first. */
  get roundTrip() {
    return this.#session.roundTrip;
  }

  /** What was done so far. */
  get counters() {
    return { ...this.#session.counters };
  }

  /**
   * Calls a function whenever the `state` or the `transport` changes.
   * @template {keyof import("./session.js").GodwitEvents} K
   * @param {K} event
   * @param {(value: import("./session.js").GodwitEvents[K]) => void} listener
   * @returns {() => void} What removes the listener again.
   */
  on(event, listener) {
    return this.#session.listeners.add(event, listener);
  }

  /**
   * Reads a room. A room that is joined already is given again, as it is; it is then left with the last `leave()`.
   * @param {string} room 1 to 200 of `A-Z a-z 0-9 _ . ~ : @ -`.
   * @param {import("./types.js").JoinOptions} [options]
   * @returns {Room}
   * @throws {GodwitError} `room.invalid`, `position.invalid`, `option.invalid`, `parameter.conflict` or `client.closed`.
   */
  join(room, options = {}) {
    checkRoom(room);
    checkJoin(options);
    const { fault } = this.#session.connector;
    if (fault?.code === "client.closed") {
      throw fault;
    }
    const reader = this.#session.join(room, { ...options });
    const known = this.#rooms.get(reader) ?? new Room(this.#session, reader);
    this.#rooms.set(reader, known);
    return known;
  }

  /**
   * Publishes to a room, which need not be joined, once.
   * @param {string} room
   * @param {string} event
   * @param {unknown} data
   * @param {import("./types.js").PublishOptions} [options]
   * @returns {Promise<string>} The entry's position, when it is stored. Rejects with a `GodwitError`.
   */
  async publish(room, event, data, options) {
    checkRoom(room);
    return this.#session.publish(room, event, data, options);
  }

  /** Connects now; also after `disconnect()`, and after the state `closed`. */
  connect() {
    this.#session.connector.connect();
  }

  /** Cuts the connection, and stays so until `connect()`. Rooms keep their positions, publishes wait. */
  disconnect() {
    if (!this.#session.connector.fault) {
      this.#session.connector.stop(new GodwitError("disconnected"));
    }
  }

  /** Ends the client: rooms are left, what waits is rejected with `client.closed`. */
  close() {
    this.#session.close(new GodwitError("client.closed", { final: true }));
  }
}
