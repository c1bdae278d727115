import { GodwitError } from "../errors.js";
import { PollingTransport } from "./polling.js";

/** ms between polls where neither the page nor the server says. */
const PACE = 2000;
const PATIENCE = 20_000;

/** Reads and sends by exchanges that are answered at once, at intervals. */
export class ShortPollTransport extends PollingTransport {
  #controller = new AbortController();
  #busy = false;
  #again = false;

  connect() {
    return this.#poll();
  }

  flush() {
    this.again();
  }

  close() {
    super.close();
    this.#controller.abort();
  }

  /** Polls now, or as soon as the one under way is answered. */
  again() {
    this.#again = true;
    if (this.opened && !this.#busy && !this.closed) {
      this.#poll().catch(error => this.fail(error));
    }
  }

  async #poll() {
    this.cancel();
    this.#again = false;
    const { session } = this;
    const { placed } = session;
    const items = placed ? session.outbox.take(this, 100, 512 << 10) : [];
    if (this.opened && items.length === 0 && this.wanted.size === 0) {
      return; // There is nothing to ask.
    }
    this.#busy = true;
    try {
      const send = items.length > 0 ? items.map(item => item.text) : undefined;
      const { answer, pollAfter = PACE } = await this.poll({ wait: 0, send, signal: this.#controller.signal, within: PATIENCE });
      session.outbox.lost(this);
      this.begun();
      if (!this.reads) {
        return;
      }
      const pace = answer.more || this.#again || !placed ? 0 : session.settings.pollInterval ?? pollAfter;
      this.later(pace);
    } catch (error) {
      const fault = GodwitError.ofNetwork(error);
      session.outbox.lost(this, fault.explained);
      throw fault;
    } finally {
      this.#busy = false;
    }
  }
}
