import { faultOfNotice, guarded, keepTrying } from "./attempts.js";
import { Fault } from "./fault.js";
import { Ledger } from "./ledger.js";

/** How many of the newest entries a reader without a position begins with. */
const FIRST = 20;

/**
 * One reader of one room: a position, and the transport that it reads with at the moment.
 *
 * To change the transport, or to cut and resume, the running one is stopped and the next begins at the position. The
 * position moves with each entry that is handed over, and a stopped transport hands over nothing more: that is all it
 * takes for nothing to be lost and nothing to come twice.
 */
export class Reading {
  state = "idle";
  note = "";
  position = null;
  verdict = null;
  ledger = new Ledger();
  transport = null;
  #room;
  #names;
  #observer;
  #stop = null;

  /** The observer is told: `changed()`, `entry(entry, how)`, `request(kind)`, `fault(fault)`, `verdict(verdict, missing)`. */
  constructor(room, names, observer) {
    this.#room = room;
    this.#names = names;
    this.#observer = observer;
    this.began = Date.now();
  }

  get room() {
    return this.#room;
  }

  /** Reads on from the position with this transport. */
  read(transport) {
    this.#end();
    this.transport = transport;
    const stop = new AbortController();
    this.#stop = stop;
    this.#run(transport, stop.signal);
  }

  /** Drops the connection and stays away until `read` is called. */
  cut() {
    this.#end();
    this.#become("cut");
  }

  /** Ends for good. */
  close() {
    this.#end();
    this.#become("idle");
  }

  #end() {
    this.#stop?.abort();
    this.#stop = null;
  }

  #become(state, note = "") {
    this.state = state;
    this.note = note;
    this.#observer.changed();
  }

  #run(transport, signal) {
    return keepTrying({
      attempt: pace => {
        const from = this.position ? { after: this.position } : { last: FIRST };
        return transport.read({ room: this.#room, from, on: this.#callbacks(transport, signal, pace), signal, names: this.#names });
      },
      become: (state, note) => this.#become(state, note),
      told: fault => this.#observer.fault(fault),
      signal,
    });
  }

  #callbacks(transport, signal, pace) {
    let since = Date.now();
    const on = {
      request: () => this.#observer.request(transport.kind),
      open: () => {
        if (this.state !== "open") {
          pace.opened();
          this.#become("open");
        }
      },
      lost: note => {
        since = Date.now();
        this.#become("waiting", note);
      },
      offset: () => this.ledger.floor,
      verdict: (verdict, missing) => {
        if (this.verdict !== verdict || verdict !== "ok") {
          this.verdict = verdict;
          this.#observer.verdict(verdict, missing);
        }
        this.ledger.verdict(verdict, missing);
      },
      position: position => {
        this.position = position;
        this.ledger.position(position);
        this.#observer.changed();
      },
      entry: entry => {
        const fresh = this.ledger.entry(entry.offset);
        this.position = entry.position;
        this.#names.add(entry.event);
        this.#observer.entry(entry, {
          kind: transport.kind,
          latency: Date.now() - entry.time,
          // An entry older than the connection waited in the log, not on the way.
          age: entry.time < this.began ? "history" : entry.time < since ? "caught up" : "live",
          duplicate: !fresh,
        });
      },
      unheard: entry => this.#observer.fault(new Fault(`EventSource was not given entry ${entry.offset}, although the page listens for “${entry.event}”. A poll brought it.`)),
      notice: frame => {
        if (frame.op === "drain") {
          pace.back(frame.back ?? null);
        }
        this.#observer.fault(faultOfNotice(frame));
      },
    };
    return guarded(on, signal);
  }
}
