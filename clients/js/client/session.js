import { Connector } from "./connector.js";
import { Credential } from "./credential.js";
import { GodwitError } from "./errors.js";
import { Listeners } from "./listeners.js";
import { encode, randomKey } from "./octets.js";
import { Newest } from "./newest.js";
import { Outbox } from "./outbox.js";
import { Reader } from "./reader.js";
import { Backoff } from "./backoff.js";
import { Beside } from "./beside.js";
import { checkEvent, checkKey } from "./checks.js";

/** @typedef {import("./types.js").Frame} Frame */

/**
 * What a client tells.
 * @typedef {object} GodwitEvents
 * @property {import("./types.js").State} state The state changed.
 * @property {import("./types.js").TransportKind | null} transport Another transport carries the session now.
 */

/** What a client keeps across connections: the session's token, the rooms with their positions, and what is to be sent. */
export class Session {
  /** @type {Map<string, Reader>} */
  readers = new Map();
  /** @type {Listeners<GodwitEvents>} */
  listeners = new Listeners();
  /** @type {import("./types.js").Counters} */
  counters = { requests: 0, bytesUp: 0, bytesDown: 0, entries: 0, gaps: 0, resets: 0, duplicates: 0, late: 0, reconnects: 0 };
  /** Identifies the session; kept nowhere else. @type {string | undefined} */
  token;
  /** ms of the last thing that was answered at once. @type {number | null} */
  roundTrip = null;
  heartbeat = 25_000;
  #id = 0;
  #renewal = () => {};
  /** @type {number | undefined} */
  #expires;

  /**
   * @param {string} url Of the session: `…/rt/session`, http or https.
   * @param {import("./options.js").Settings} settings
   * @param {import("./environment.js").Environment} environment
   */
  constructor(url, settings, environment) {
    this.url = url;
    this.settings = settings;
    this.environment = environment;
    this.credential = new Credential(settings, environment);
    this.outbox = new Outbox(environment, settings.outbox, () => {
      this.connector.start();
      this.connector.flush();
    });
    this.connector = new Connector(this);
    this.beside = new Beside(this);
  }

  /** Whether it is known where every room is read from. What is published by other requests than those that read comes after that. */
  get placed() {
    return [...this.readers.values()].every(reader => reader.position !== null || !reader.wanted);
  }

  nextId() {
    return ++this.#id;
  }

  /**
   * @param {string} name
   * @param {import("./types.js").JoinOptions} options
   */
  join(name, options) {
    let reader = this.readers.get(name);
    if (reader) {
      reader.uses++;
    } else {
      reader = new Reader(name, options, this.counters, each => this.#changed(each));
      this.readers.set(name, reader);
      this.connector.start();
      this.#changed(reader);
    }
    return reader;
  }

  /** @param {Reader} reader */
  leave(reader) {
    if (--reader.uses === 0) {
      this.#drop(reader, null);
    }
  }

  /**
   * @param {Reader} reader
   * @param {GodwitError | null} fault
   */
  #drop(reader, fault) {
    reader.close(fault);
    if (this.readers.get(reader.name) === reader) {
      this.readers.delete(reader.name);
      this.#changed(reader);
    }
  }

  /** @param {Reader} reader */
  #changed(reader) {
    this.beside.changed(reader);
    this.connector.changed(reader);
  }

  /**
   * Entries of a room may be lost from now on, or not any more.
   * @param {Reader} reader
   * @param {boolean} may
   */
  mayLose(reader, may) {
    if (may !== (reader.newest !== null)) {
      reader.newest?.stop();
      reader.newest = may ? new Newest(this, reader) : null;
      reader.listeners.tell("lossy", may);
    }
  }

  /**
   * Resolves when it is known where the room is read from.
   * @param {Reader} reader
   */
  async whenJoined(reader) {
    let settle = () => {};
    const cancel = this.environment.after(this.settings.answerTimeout, () => settle());
    const off = reader.listeners.add("state", () => settle());
    const ends = this.environment.now() + this.settings.answerTimeout;
    while (reader.begin === null && reader.state.name !== "closed" && this.environment.now() < ends) {
      await /** @type {Promise<void>} */ (new Promise(resolve => {
        settle = resolve;
      }));
    }
    off();
    cancel();
    const { name, code = "", why } = reader.state;
    if (name === "closed" || reader.begin === null) {
      throw new GodwitError(name === "closed" ? code : "answer.timeout", { title: name === "closed" ? why : undefined });
    }
  }

  /**
   * @param {string} room
   * @param {string} event
   * @param {unknown} data
   * @param {import("./types.js").PublishOptions} [options]
   * @returns {Promise<string>}
   */
  async publish(room, event, data, { key = randomKey() } = {}) {
    this.#alive();
    checkEvent(event);
    checkKey(key);
    const frame = { op: "publish", id: this.nextId(), room, event, key, ...contentOf(data) };
    const { position = "" } = await this.outbox.add(frame, { repeats: true, within: this.settings.publishFor, codes: ["publish.unsent", "outcome.unknown"] });
    return position;
  }

  /**
   * @param {string} room
   * @param {string} event
   * @param {unknown} data
   */
  async request(room, event, data) {
    this.#alive();
    checkEvent(event);
    const content = data === undefined ? {} : contentOf(data);
    const frame = { op: "request", id: this.nextId(), room, event, ...content };
    const reply = await this.outbox.add(frame, { repeats: false, within: this.settings.answerTimeout, codes: ["answer.timeout", "outcome.unknown"] });
    return reply.data;
  }

  /**
   * Asks for something that may be asked twice.
   * @param {Frame} frame
   * @returns {Promise<Frame>}
   */
  async ask(frame) {
    this.#alive();
    return this.outbox.add({ ...frame, id: this.nextId() }, { repeats: true, within: this.settings.answerTimeout, codes: ["answer.timeout", "answer.timeout"] });
  }

  #alive() {
    if (this.connector.fault) {
      throw this.connector.fault; // Nobody tries to connect any more.
    }
  }

  /**
   * What begins a connection, or comes with an exchange.
   * @param {{session?: string, expires?: number, heartbeat?: number}} frame
   */
  welcome({ session, expires, heartbeat }) {
    this.token = session ?? this.token;
    this.heartbeat = heartbeat ?? this.heartbeat;
    this.credential.accepted();
    this.#expire(expires);
  }

  /** @param {number | undefined} expires */
  #expire(expires) {
    if (expires === this.#expires) {
      return; // Nor is one that replaces itself asked for again and again.
    }
    this.#expires = expires;
    this.#renewal();
    if (expires !== undefined && this.credential.renews) {
      const backoff = new Backoff(this.environment, 2000, 60_000);
      const renew = () => {
        this.credential.renew();
        const { link } = this.connector;
        if (link?.opened) {
          this.beside.renew();
          link.transport.renew().then(frame => this.#expire(frame?.expires), () => {
            // The present one goes on until it ends; then the server says so.
            this.#renewal = this.environment.after(backoff.next(1000), renew);
          });
        }
      };
      this.#renewal = this.environment.after(this.credential.renewIn(expires), renew);
    }
  }

  /**
   * A frame that has no room to go to, or answers something.
   * @param {Frame} frame
   */
  answer(frame) {
    this.outbox.answer(frame);
    this.connector.look();
  }

  /**
   * A frame about a room that is read.
   * @param {Reader} reader
   * @param {Frame} frame
   */
  tell(reader, frame) {
    if (frame.op === "left") {
      this.#drop(reader, new GodwitError(frame.code ?? "admin.removed", { title: "The server took this client out.", explained: true, final: true }));
    } else if (frame.op === "error") {
      this.refuse(reader, GodwitError.ofFrame(frame));
    } else {
      reader.take(frame);
    }
    if (frame.op !== "entry") {
      this.connector.look();
    }
  }

  /**
   * The server does not let a room be read.
   * @param {Reader} reader
   * @param {GodwitError} fault
   */
  refuse(reader, fault) {
    if (fault.code === "presence.full" || (fault.code === "access.denied" && reader.state.name === "open")) {
      reader.listeners.tell("error", fault); // It is read all the same.
    } else if (fault.final) {
      this.#drop(reader, fault);
    } else {
      reader.refuse(fault);
      this.environment.after(fault.retry ?? 1000 + this.environment.random() * 4000, () => reader.retry());
    }
  }

  /**
   * Nothing goes on: what waits is told why.
   * @param {GodwitError} fault
   * @param {GodwitError | null} [ofRooms] The same for the rooms; null where they are left.
   */
  fail(fault, ofRooms = fault) {
    this.#renewal();
    this.outbox.clear(fault);
    [...this.readers.values()].forEach(reader => this.#drop(reader, ofRooms));
  }

  /** @param {GodwitError} fault */
  close(fault) {
    this.connector.finish(fault);
    this.fail(fault, null);
  }
}

/**
 * `data` or `bytes` of a frame.
 * @param {unknown} data
 */
function contentOf(data) {
  if (data instanceof ArrayBuffer) {
    return { bytes: encode(new Uint8Array(data)) };
  }
  if (ArrayBuffer.isView(data)) {
    return { bytes: encode(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) };
  }
  let text;
  try {
    text = JSON.stringify(data);
  } catch {
    // A circle, or a BigInt.
  }
  if (text === undefined) {
    throw new GodwitError("data.json", { title: "JSON cannot say this data. Give something else, or octets.", final: true });
  }
  return { data };
}
