import { Backoff } from "./backoff.js";
import { GodwitError } from "./errors.js";
import { Link } from "./link.js";

/** @typedef {import("./reader.js").Reader} Reader */

/** ms until a peer is tried again that did not do here though the server was reached. */
const UNFIT = 300_000;
/** ms for which a peer without rooms is kept. */
const IDLE = 10_000;

/**
 * A peer beside the connection that carries the session: the rooms of which only the newest entry matters come over its data channels. They
 * are read by the connection before it is there, and again when it is gone.
 */
export class Beside {
  /** @type {Link | null} */
  #link = null;
  /** Whether it is to be waited before another is tried. */
  #waits = false;
  #cancel = () => {};

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.session = session;
    this.backoff = new Backoff(session.environment, 5000, 120_000);
  }

  /** Looks whether there is to be one. */
  look() {
    const { connector, settings, readers } = this.session;
    const main = connector.link;
    if (!settings.lossy || !main?.opened) {
      return;
    }
    const wanted = [...readers.values()].some(reader => reader.latest);
    if (main.kind === "datachannel") {
      this.close(); // It has such a channel itself.
    } else if (wanted && !this.#link && !this.#waits) {
      this.#open();
    } else if (!wanted && this.#link && !this.#waits) {
      this.#later(IDLE, () => [...readers.values()].some(reader => reader.latest) || this.close());
    }
  }

  /** A room is to be read, or not any more. @param {Reader} reader */
  changed(reader) {
    if (this.#link?.opened && reader.options.delivery === "latest") {
      reader.aside ||= reader.wanted;
      this.#link.transport.changed(reader);
    }
    this.look();
  }

  /** It reads a room now, so the connection need not. @param {Reader} reader */
  took(reader) {
    if (!reader.aside) {
      reader.aside = true;
      this.session.connector.link?.transport.changed(reader);
    }
  }

  /** Another network, perhaps. */
  forgive() {
    this.backoff.reset();
    if (this.#waits) {
      this.#waits = false;
      this.#cancel();
      this.look();
    }
  }

  /** Puts a new credential in the place of the present one. */
  renew() {
    if (this.#link?.opened) {
      const transport = /** @type {import("./transports/data-channel.js").DataChannelTransport} */ (this.#link.transport);
      this.session.credential.fields().then(fields => transport.say({ op: "refresh", id: this.session.nextId(), ...fields }), () => {});
    }
  }

  close() {
    this.#cancel();
    this.#waits = false;
    this.#link?.close();
    this.#release();
  }

  #open() {
    const link = new Link("datachannel", this.session, {
      opened: () => {},
      proven: () => this.backoff.reset(),
      ended: (_, fault) => {
        this.#release();
        this.#waits = true;
        this.#later(this.backoff.next(fault.unfit ? UNFIT : Math.max(1000, fault.retry ?? 0)), () => {});
      },
      drain: () => this.#later(Math.max(0, (link.back ?? 0) - this.session.environment.now()), () => link.transport.end(new GodwitError("drain", { explained: true }))),
      changed: () => {},
    });
    this.#link = link;
    link.transport.aside = true;
    link.transport.open(true);
  }

  /** The connection reads its rooms again. */
  #release() {
    this.#link = null;
    for (const reader of this.session.readers.values()) {
      if (reader.aside) {
        reader.aside = false;
        reader.unjoined();
        this.session.connector.link?.transport.changed(reader);
      }
    }
  }

  /**
   * @param {number} ms
   * @param {() => void} run
   */
  #later(ms, run) {
    this.#cancel();
    this.#cancel = this.session.environment.after(ms, () => {
      this.#waits = false;
      run();
      this.look();
    });
  }
}
