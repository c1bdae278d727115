import { Backoff } from "./backoff.js";
import { GodwitError } from "./errors.js";
import { exchange } from "./exchange.js";
import { Ladder } from "./ladder.js";
import { Link } from "./link.js";
import { watchPage } from "./page.js";

/** @typedef {import("./types.js").TransportKind} TransportKind */
/** @typedef {import("./types.js").State} State */

/** ms for which a better transport must live before it takes over, and for which the one before it may still get answers. */
const SOAK = 3000;
const LINGER = 3000;
const CLIMB = 5000;

/**
 * Keeps a session connected: which transport, when to try again, and when to change to a better one. At any moment one link reads
 * the rooms, and only what it brings counts.
 */
export class Connector {
  /** What reads the rooms, or is about to. @type {Link | null} */
  link = null;
  /** @type {State} */
  state = { name: "idle" };
  /** @type {TransportKind | null} */
  transport = null;
  /** A link that is to take over. @type {Link | null} */
  #next = null;
  /** Links that read no more and wait for answers. @type {Set<Link>} */
  #lingering = new Set();
  /** The transport that failed last, while it is not known whether the server can be reached. @type {Link | null} */
  #suspect = null;
  /** The transport that is tried once more since the server can be reached. @type {TransportKind | null} */
  #verified = null;
  #cancel = () => {};
  #cancelClimb = () => {};
  #unwatch = () => {};
  #probing = false;
  #began = -Infinity;
  #opened = 0;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    const { environment, settings } = session;
    this.session = session;
    this.environment = environment;
    this.backoff = new Backoff(environment, settings.backoff.first, settings.backoff.most);
    this.ladder = new Ladder(settings.transports, environment, settings.remember ? `godwit ${session.url}${settings.transports[0] === "datachannel" ? " datachannel" : ""}` : null);
    this.events = {
      opened: (/** @type {Link} */ link) => this.#onOpened(link),
      proven: (/** @type {Link} */ link) => this.#onProven(link),
      ended: (/** @type {Link} */ link, /** @type {GodwitError} */ fault) => this.#onEnded(link, fault),
      drain: (/** @type {Link} */ link) => this.#onDrain(link),
      changed: () => this.look(),
    };
  }

  /** Why nobody tries to connect any more. @type {GodwitError | null} */
  fault = null;

  /** Connects, where nothing was asked for before. */
  start() {
    if (this.state.name === "idle") {
      this.connect();
    }
  }

  /** Connects, also after `stop`. */
  connect() {
    if (this.fault?.code === "client.closed" || !["idle", "closed"].includes(this.state.name)) {
      return;
    }
    this.fault = null;
    this.#unwatch = watchPage(this.environment, {
      wake: () => this.check(),
      online: () => {
        this.ladder.forgive();
        this.session.beside.forgive();
        this.check();
      },
      hide: () => this.#suspend(),
    });
    this.backoff.reset();
    this.#set({ name: "connecting" });
    // What is joined together is asked for together.
    this.#cancel = this.environment.after(0, () => this.#attempt());
  }

  /**
   * Cuts the connection and tries no more. Positions and what is to be sent are kept.
   * @param {GodwitError} fault Why.
   */
  stop(fault) {
    this.#unwatch();
    this.#cut();
    this.#set({ name: "closed", code: fault.code, why: fault.message });
  }

  /** @param {import("./reader.js").Reader} reader */
  changed(reader) {
    this.link?.transport.changed(reader);
  }

  flush() {
    if (this.link?.opened) {
      this.link.transport.flush();
    }
  }

  /** The page woke up, or the network changed: is the connection alive? */
  check() {
    if (this.state.name === "waiting") {
      // Not more often than once a second, whatever events the page gets.
      this.#cancel();
      this.#cancel = this.environment.after(Math.max(0, this.#began + 1000 - this.environment.now()), () => this.#attempt());
    } else if (this.link?.opened) {
      this.link.transport.check();
    }
  }

  /** Something arrived that may change the state. */
  look() {
    if (this.link?.opened) {
      const degraded = this.link.degraded || [...this.session.readers.values()].some(reader => reader.state.name === "degraded");
      this.#set(degraded ? { name: "degraded", code: "store.away", why: "The server's store does not answer: entries may be late." } : { name: "open" });
    }
    for (const link of this.#lingering) {
      if (!this.session.outbox.waitsFor(link.transport)) {
        this.#lingering.delete(link);
        link.close();
        this.flush();
      }
    }
  }

  #attempt() {
    this.#began = this.environment.now();
    this.#set({ name: "connecting" });
    if (this.#probing) {
      void this.#probe();
    } else {
      this.#open();
    }
  }

  #open() {
    this.link = new Link(this.ladder.kind, this.session, this.events);
    this.link.transport.open(true);
  }

  /** Asks whether the server can be reached at all, by the plainest of requests. */
  async #probe() {
    const controller = new AbortController();
    let gone = false;
    this.#cancel = () => {
      gone = true;
      controller.abort();
    };
    try {
      const { answer } = await exchange(this.session, () => ({}), { signal: controller.signal, within: this.session.settings.openTimeout * 2 });
      if (gone) {
        return;
      }
      this.session.welcome(answer);
      this.#probing = false;
      const suspect = this.#suspect;
      this.#suspect = null;
      if (suspect?.opened || suspect?.silent) {
        this.#strike(suspect.kind, suspect.silent);
      } else {
        this.#verified = suspect?.kind ?? null; // Perhaps it was the server that was not there.
      }
      this.#open();
    } catch (error) {
      if (!gone) {
        // Nobody can be reached, so nothing is known of the transport. Next time it is tried itself.
        this.#suspect = null;
        this.#probing = false;
        this.#fail(GodwitError.ofNetwork(error), null);
      }
    }
  }

  /**
   * @param {TransportKind} kind
   * @param {boolean} atOnce
   */
  #strike(kind, atOnce) {
    if (this.ladder.strike(kind, atOnce)) {
      this.backoff.reset();
    }
  }

  /** @param {Link} link */
  #onOpened(link) {
    if (link === this.#next) {
      this.#cancelClimb();
      this.#cancelClimb = this.environment.after(this.link?.back === null ? SOAK : 0, () => this.#takeOver());
    } else if (link === this.link) {
      this.#suspect = this.#verified = null;
      this.#count();
      this.look();
      this.session.beside.look();
      this.#climb();
    }
  }

  #count() {
    if (this.#opened++ > 0) {
      this.session.counters.reconnects++;
    }
    this.#carry(this.link?.kind ?? null);
  }

  /** @param {TransportKind | null} kind */
  #carry(kind) {
    if (kind !== this.transport) {
      this.transport = kind;
      this.session.listeners.tell("transport", kind);
    }
  }

  /** @param {Link} link */
  #onProven(link) {
    this.ladder.prove(link.kind);
    if (link === this.link) {
      this.backoff.reset();
    }
  }

  /**
   * @param {Link} link
   * @param {GodwitError} fault
   */
  #onEnded(link, fault) {
    if (link === this.link) {
      this.#lost(link, fault);
    } else if (link === this.#next) {
      this.#next = null;
      if (fault.unfit || (!fault.explained && this.link?.back === null)) {
        this.ladder.block(link.kind);
      }
      this.#climb();
    } else if (this.#lingering.delete(link)) {
      this.session.outbox.lost(link.transport);
      this.flush();
    }
  }

  /**
   * What carried the session is gone.
   * @param {Link} link
   * @param {GodwitError} fault
   */
  #lost(link, fault) {
    this.link = null;
    this.#cancelClimb();
    this.session.outbox.lost(link.transport);
    const next = this.#next;
    if (next?.opened) {
      return this.#takeOver();
    }
    this.#dropNext();
    this.session.readers.forEach(reader => reader.aside || reader.unjoined());
    if (link.back !== null && fault.retry === undefined) {
      fault.retry = Math.max(0, link.back - this.environment.now());
    }
    this.#fail(fault, link);
  }

  /**
   * @param {GodwitError} fault
   * @param {Link | null} link What failed; null for a question whether the server is there.
   */
  #fail(fault, link) {
    if (link && fault.unfit && this.ladder.drop(link.kind)) {
      this.backoff.reset();
      return this.#open();
    }
    if (fault.final && !(fault.ofCredential && this.session.credential.refused())) {
      this.finish(fault);
      return this.session.fail(fault);
    }
    if (link && !fault.explained && !link.proven && link.kind !== "poll" && !this.ladder.single) {
      if (this.#verified === link.kind) {
        this.#verified = null;
        this.#strike(link.kind, true);
        return this.#open(); // The server was just reached; another transport may do.
      }
      this.#suspect = link;
      this.#probing = true;
    }
    this.#wait(fault);
  }

  /** @param {GodwitError} fault */
  #wait(fault) {
    const retryIn = this.backoff.next(fault.retry);
    this.#carry(null);
    this.#set({ name: "waiting", retryIn, code: fault.code, why: fault.message });
    this.#cancel();
    this.#cancel = this.environment.after(retryIn, () => this.#attempt());
  }

  /**
   * Nothing will do but what somebody changes.
   * @param {GodwitError} fault
   */
  finish(fault) {
    this.fault = fault;
    this.stop(fault);
  }

  /** Tries a better transport in a while, beside the one that works. */
  #climb() {
    this.#cancelClimb();
    const { link } = this;
    const better = link?.opened && link.back === null ? this.ladder.better : null;
    if (better) {
      this.#cancelClimb = this.environment.after(Math.max(CLIMB, better.in), () => this.#try(better.kind));
    }
  }

  /** @param {TransportKind} kind */
  #try(kind) {
    this.#dropNext();
    this.#next = new Link(kind, this.session, this.events);
    this.#next.transport.open(false);
  }

  /** The server is stopping: another connection is there before it closes this one. @param {Link} link */
  #onDrain(link) {
    if (link === this.link && !this.#next) {
      this.#cancelClimb();
      this.#cancelClimb = this.environment.after(Math.max(0, (link.back ?? 0) - this.environment.now()), () => this.#try(link.kind));
    }
  }

  /** The next link reads the rooms from now on, from where the one before it is. */
  #takeOver() {
    const next = /** @type {Link} */ (this.#next);
    const old = this.link;
    this.#cancelClimb();
    this.#next = null;
    this.link = next;
    this.ladder.take(next.kind);
    old?.transport.detach();
    next.transport.begin();
    this.#count();
    if (old) {
      this.#lingering.add(old);
      this.environment.after(LINGER, () => {
        if (this.#lingering.delete(old)) {
          old.close();
          this.session.outbox.lost(old.transport);
          this.flush();
        }
      });
    }
    this.look();
    this.session.beside.look();
    this.#climb();
  }

  #dropNext() {
    this.#next?.close();
    this.#next = null;
  }

  #cut() {
    this.#cancel();
    this.#cancelClimb();
    this.#dropNext();
    for (const link of this.link ? [this.link, ...this.#lingering] : this.#lingering) {
      link.close();
      this.session.outbox.lost(link.transport);
    }
    this.#lingering.clear();
    this.link = null;
    this.#probing = false;
    this.#suspect = this.#verified = null;
    this.session.beside.close();
    this.session.readers.forEach(reader => reader.unjoined());
    this.#carry(null);
  }

  /** The page is put away, perhaps to be shown again: a connection would keep the browser from keeping it. */
  #suspend() {
    this.#cut();
    this.#set({ name: "waiting", retryIn: 0, code: "page.hidden", why: new GodwitError("page.hidden").message });
  }

  /** @param {State} state */
  #set(state) {
    const { name, code, retryIn } = this.state;
    if (state.name !== name || state.code !== code || state.retryIn !== retryIn) {
      this.state = state;
      this.session.listeners.tell("state", state);
    }
  }
}
