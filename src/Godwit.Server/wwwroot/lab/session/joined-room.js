import { Ledger } from "../ledger.js";

/** How many of the newest entries a room without a position begins with. */
const FIRST = 20;

/** One room of the session: its position, and what was received since the page joined it. */
export class JoinedRoom {
  /** `joining`, `joined` or `refused`. */
  state = "joining";
  position = null;
  verdict = null;
  ledger = new Ledger();
  fault = null;
  #observer;
  #began = Date.now();
  #connection = null;
  #id;

  constructor(name, observer) {
    this.name = name;
    this.#observer = observer;
  }

  /** What a `hello`, an exchange or a `join` says of where to begin. */
  get from() {
    return this.position ? { after: this.position } : { last: FIRST };
  }

  /**
   * The room was asked for: on a new connection, or by a `join` with this id on an open one. What comes before the answer
   * belongs to an earlier join and does not count.
   */
  ask(connection, id) {
    this.state = "joining";
    this.#connection = connection;
    this.#id = id;
  }

  /** Takes a `joined`. One that answers another request is passed over. */
  joined(frame) {
    if (frame.id === this.#id) {
      this.state = "joined";
      this.fault = null;
      this.judged(frame);
    }
  }

  /** Takes a refusal; whether it was one of what was asked last. */
  refused(frame, fault) {
    if (frame.id !== this.#id) {
      return false;
    }
    this.ended(fault);
    return true;
  }

  /** The server has taken this reader out of the room, or not let it in: it is not asked for again. */
  ended(fault) {
    this.state = "refused";
    this.fault = fault;
  }

  /** Takes a verdict and the position with it, as `joined`, `gap` and `reset` bring them. */
  judged({ op, position, verdict = op, missing }) {
    if (this.verdict !== verdict || verdict !== "ok") {
      this.verdict = verdict;
      this.#observer.verdict(this, verdict, missing);
    }
    this.ledger.verdict(verdict, missing);
    this.moved(position);
  }

  /** Takes a position that the server handed out. */
  moved(position) {
    this.position = position;
    this.ledger.position(position);
  }

  entry(entry) {
    const fresh = this.ledger.entry(entry.offset);
    this.position = entry.position;
    const { kind, since } = this.#connection;
    this.#observer.entry(entry, {
      room: this.name,
      kind,
      latency: Date.now() - entry.time,
      // An entry older than the connection waited in the log, not on the way.
      age: entry.time < this.#began ? "history" : entry.time < since ? "caught up" : "live",
      duplicate: !fresh,
    });
  }
}
