/** ms of silence after which a room is asked what it said last, and the ms between further questions. */
const QUIET = 1000;
const SILENT = 15_000;

/** Asks a room what it said last when nothing has come for a while: where entries may be lost, the last one shows by nothing else. */
export class Newest {
  #heard;
  #wait = SILENT;
  #cancel = () => {};

  /**
   * @param {import("./session.js").Session} session
   * @param {import("./reader.js").Reader} reader
   */
  constructor(session, reader) {
    this.session = session;
    this.reader = reader;
    this.#heard = session.environment.now();
    this.#arm();
  }

  /** An entry came. */
  heard() {
    this.#heard = this.session.environment.now();
    if (this.#wait > QUIET) {
      this.#wait = QUIET;
      this.#arm();
    }
  }

  stop() {
    this.#cancel();
    this.#wait = 0;
  }

  #arm() {
    const { environment } = this.session;
    this.#cancel();
    this.#cancel = environment.after(Math.max(0, this.#heard + this.#wait - environment.now()), () => this.#look());
  }

  #look() {
    const { session, reader } = this;
    if (session.environment.now() < this.#heard + this.#wait) {
      return this.#arm(); // Something has come meanwhile.
    }
    const after = reader.position ?? undefined;
    this.#heard = session.environment.now();
    this.#wait = SILENT;
    this.#arm();
    session.ask({ op: "read", room: reader.name, after }).then(({ verdict, entries, more }) => {
      const last = entries?.at(-1);
      if (this.#wait > 0 && last && verdict !== "reset") { // A reset comes by itself.
        reader.take(last);
        this.#wait = more ? QUIET : SILENT;
      }
    }, () => {}); // It is asked again.
  }
}
