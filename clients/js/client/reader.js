import { Flow } from "./flow.js";
import { Listeners } from "./listeners.js";
import { Roster } from "./roster.js";
import { decode } from "./octets.js";

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Frame} Frame */

/**
 * What a room tells.
 * @typedef {object} RoomEvents
 * @property {Entry} entry An entry. Entries of a room come in order, each once.
 * @property {import("./types.js").Missing} gap Retention dropped entries before this reader came to them.
 * @property {{position: string}} reset The log is another one now: forget what was read, reading goes on with its oldest entry.
 * @property {import("./types.js").Members} members Who is there, whenever that changes.
 * @property {import("./types.js").RoomState} state How reading goes.
 * @property {boolean} lossy Whether entries come over a channel that loses what is late.
 * @property {import("./errors.js").GodwitError} error The server refuses something that nothing here waits for.
 */

/** A client's place in a room: the position, what is told of it, and to whom. It outlives every connection. */
export class Reader {
  /** @type {Listeners<RoomEvents>} */
  listeners = new Listeners();
  /** How often the room was joined. */
  uses = 1;
  /** Where to go on from; null before the first answer. @type {string | null} */
  position = null;
  /** Where reading began, and the first entry of it. @type {string | null} */
  begin = null;
  /** @type {Entry | null} */
  first = null;
  /** What the server counts up; of the entry got last. */
  offset = 0;
  roster = new Roster();
  /** Whether a peer beside the connection reads it. */
  aside = false;
  /** Finds out what may have been lost; null where nothing is. @type {import("./newest.js").Newest | null} */
  newest = null;
  /** @type {import("./types.js").RoomState} */
  state = { name: "joining" };
  #joined = false;
  #degraded = false;
  #paused = false;
  #pressed = false;
  /** @type {import("./errors.js").GodwitError | null} */
  #refused = null;
  #closed = false;

  /**
   * @param {string} name
   * @param {import("./types.js").JoinOptions} options
   * @param {import("./types.js").Counters} counters
   * @param {(reader: Reader) => void} changed Called when the room is to be read no further, or again.
   */
  constructor(name, options, counters, changed) {
    this.name = name;
    this.options = options;
    this.counters = counters;
    this.changed = changed;
    const { listeners } = this;
    const told = { any: () => listeners.any("entry"), tell: (/** @type {Entry} */ entry) => listeners.tell("entry", entry) };
    this.flow = new Flow(options.buffer ?? 1000, told, pressed => this.#hold(this.#paused, pressed));
  }

  /** Whether the server is to send what comes. */
  get wanted() {
    return !this.#closed && !this.#paused && !this.#pressed && !this.#refused;
  }

  /** Whether only the newest entry matters. */
  get latest() {
    return !this.#closed && this.options.delivery === "latest";
  }

  /** The fields of a join. */
  get ask() {
    const { after = "now", last, delivery, present, state } = this.options;
    const where = this.position ? { after: this.position } : last ? { last } : { after };
    return { ...where, delivery, present, state };
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.#hold(paused, this.#pressed);
  }

  /**
   * @param {boolean} paused
   * @param {boolean} pressed
   */
  #hold(paused, pressed) {
    const before = this.wanted;
    this.#paused = paused;
    this.#pressed = pressed;
    if (before !== this.wanted) {
      this.#joined = false;
      this.changed(this);
    }
    this.#look();
  }

  /**
   * A frame of the server's that is about this room.
   * @param {Frame} frame
   */
  take(frame) {
    if (this.#closed) {
      return; // A listener left the room while what arrived with this frame was handed out.
    }
    switch (frame.op) {
      case "joined": return this.#join(frame);
      case "entry": return this.#entry(frame);
      case "gap": return this.#verdict("gap", frame);
      case "reset": return this.#verdict("reset", frame);
      case "members": return this.#members(frame);
      case "degraded":
      case "restored":
        this.#degraded = frame.op === "degraded";
        return this.#look();
    }
  }

  /** @param {Frame} frame */
  #join(frame) {
    this.#joined = true;
    this.#refused = null;
    this.#degraded = false;
    this.begin ??= frame.position ?? null;
    this.roster.self = frame.member;
    this.#verdict(frame.verdict ?? "ok", frame);
    this.#look();
  }

  /**
   * @param {string} verdict
   * @param {Frame} frame
   */
  #verdict(verdict, { position, missing }) {
    if (position) {
      this.position = position;
      this.offset = Math.max(this.offset, offsetOf(position)); // What is older may still come over a channel that is late.
      if (verdict === "reset") {
        this.offset = offsetOf(position);
        this.begin = position;
        this.first = null;
        this.counters.resets++;
        this.listeners.tell("reset", { position });
      }
    }
    if (verdict === "gap" && missing) {
      this.counters.gaps++;
      this.listeners.tell("gap", missing);
    }
  }

  /** @param {Frame} frame */
  #entry(frame) {
    const entry = entryOf(frame);
    if (entry.offset <= this.offset || (this.newest && epochOf(entry.position) !== epochOf(this.position ?? ""))) {
      this.counters[this.newest || this.latest ? "late" : "duplicates"]++;
      return;
    }
    this.newest?.heard();
    this.offset = entry.offset;
    this.position = entry.position;
    this.first ??= entry;
    this.counters.entries++;
    this.flow.push(entry);
  }

  /** @param {Frame} frame */
  #members(frame) {
    this.roster.take(frame);
    this.listeners.tell("members", this.roster.members);
  }

  /** The connection is lost, or another reads now. */
  unjoined() {
    this.#joined = false;
    this.#look();
  }

  /**
   * The server does not let the room be read, for now.
   * @param {import("./errors.js").GodwitError} fault
   */
  refuse(fault) {
    this.#joined = false;
    this.#refused = fault;
    this.#look();
  }

  /** It may be tried again. */
  retry() {
    if (this.#refused) {
      this.#refused = null;
      this.changed(this);
    }
  }

  /** @param {import("./errors.js").GodwitError | null} fault Why; null where the page left. */
  close(fault) {
    if (!this.#closed) {
      this.#closed = true;
      this.flow.end(fault);
      this.#set({ name: "closed", code: fault?.code ?? "room.left", why: fault?.message });
    }
  }

  #look() {
    if (this.#closed) {
      return;
    }
    const fault = this.#refused;
    this.#set(this.#paused || this.#pressed ? { name: "paused" }
      : this.#joined ? { name: this.#degraded ? "degraded" : "open" }
      : fault ? { name: "joining", code: fault.code, why: fault.message } : { name: "joining" });
  }

  /** @param {import("./types.js").RoomState} state */
  #set(state) {
    if (state.name !== this.state.name || state.code !== this.state.code) {
      this.state = state;
      this.listeners.tell("state", state);
    }
  }
}

/** The form of a position is in PROTOCOL.md, section 2. @param {string} position */
export const offsetOf = position => Number(position.split("-")[1]);

/** @param {string} position */
const epochOf = position => position.slice(0, 11);

/**
 * @param {Frame} frame
 * @returns {Entry}
 */
export function entryOf({ room = "", position = "", offset = 0, event = "message", data, bytes, time = 0, from }) {
  /** @type {Entry} */
  const entry = { room, position, offset, event, time };
  if (bytes === undefined) {
    entry.data = data;
  } else {
    entry.bytes = decode(bytes);
  }
  if (from !== undefined) {
    entry.from = from;
  }
  return entry;
}
