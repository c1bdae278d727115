import { Fault } from "./fault.js";
import { Ledger } from "./ledger.js";
import { pause } from "./pause.js";

/** How many of the newest entries a reader without a position begins with. */
const FIRST = 20;

/** The first and the longest pause before a new attempt, in ms. */
const RETRY = { first: 500, longest: 10_000 };

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

  async #run(transport, signal) {
    let delay = RETRY.first;
    while (!signal.aborted) {
      this.#become("connecting");
      let fault = null;
      const on = this.#callbacks(transport, signal, () => {
        delay = RETRY.first;
      });
      try {
        const from = this.position ? { after: this.position } : { last: FIRST };
        await transport.read({ room: this.#room, from, on, signal, names: this.#names });
      } catch (error) {
        if (!(error instanceof Fault) && !signal.aborted) {
          console.error(error);
        }
        fault = error instanceof Fault ? error : Fault.ofNetwork(error);
      }
      if (signal.aborted) {
        return;
      }
      if (fault) {
        this.#observer.fault(fault);
      }
      if (fault?.final) {
        this.#become("refused");
        return;
      }
      // Spread out, so that the readers of a server that comes back do not come back together.
      const wait = on.back ?? (fault?.retryAfter ? fault.retryAfter * 1000 : delay * (0.5 + Math.random() / 2));
      delay = Math.min(delay * 2, RETRY.longest);
      this.#become("waiting", `next attempt in ${(wait / 1000).toFixed(1)} s`);
      await pause(wait, signal);
    }
  }

  #callbacks(transport, signal, opened) {
    let since = Date.now();
    const on = {
      back: null,
      request: () => this.#observer.request(transport.kind),
      open: () => {
        if (this.state !== "open") {
          opened();
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
        if (frame.op === "error") {
          this.#observer.fault(Fault.ofFrame(frame));
        } else if (frame.op === "drain") {
          on.back = frame.back ?? null;
          this.#observer.fault(new Fault("The server is stopping. The page comes back at the time it was given."));
        } else if (frame.op === "degraded") {
          this.#observer.fault(new Fault("The server’s store is away. Entries arrive when it is back; nothing is lost."));
        } else {
          this.#observer.fault(null);
        }
      },
    };
    return guarded(on, signal);
  }
}

/** The same callbacks, silent from the moment the signal is aborted. */
function guarded(on, signal) {
  for (const [name, callback] of Object.entries(on)) {
    if (typeof callback === "function") {
      on[name] = (...given) => (signal.aborted ? null : callback(...given));
    }
  }
  return on;
}
