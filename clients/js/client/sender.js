import { Backoff } from "./backoff.js";
import { GodwitError } from "./errors.js";
import { exchange } from "./exchange.js";

/** What one exchange carries at most. */
const ITEMS = 100;
const OCTETS = 512 << 10;
const FAILURES = 3;

/** Sends what is in the outbox by exchanges of their own, one after the other, for transports that cannot send otherwise. */
export class Sender {
  #busy = false;
  #failures = 0;
  #cancel = () => {};

  /**
   * @param {import("./session.js").Session} session
   * @param {import("./transports/transport.js").Transport} transport What the items are sent for.
   * @param {object} [owner] Whose the items are meanwhile.
   */
  constructor(session, transport, owner = transport) {
    this.session = session;
    this.transport = transport;
    this.owner = owner;
    this.backoff = new Backoff(session.environment, 500, 10_000);
  }

  async flush() {
    const { session, transport, owner } = this;
    if (this.#busy || transport.closed || !session.placed) {
      return;
    }
    const items = session.outbox.take(owner, ITEMS, OCTETS);
    if (items.length === 0) {
      return;
    }
    this.#busy = true;
    let untouched = false;
    try {
      const { answer, took } = await exchange(session, () => ({}), { send: items.map(item => item.text), within: 20_000 });
      session.roundTrip = took;
      session.welcome(answer);
      answer.replies.forEach(frame => session.answer(frame));
      this.#failures = 0;
      this.backoff.reset();
      this.#busy = false;
    } catch (error) {
      const fault = GodwitError.ofNetwork(error);
      untouched = fault.explained;
      if (fault.final || ++this.#failures >= FAILURES) {
        this.transport.end(fault);
      } else {
        this.#cancel = session.environment.after(this.backoff.next(fault.retry), () => {
          this.#busy = false;
          void this.flush();
        });
      }
    }
    session.outbox.lost(owner, untouched);
    void this.flush();
  }

  stop() {
    this.#cancel();
  }
}
