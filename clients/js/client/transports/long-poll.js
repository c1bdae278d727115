import { exchange, roomsOf } from "../exchange.js";
import { Sender } from "../sender.js";
import { PollingTransport } from "./polling.js";

/** ms beyond the time for which it is held, after which an exchange is given up. */
const GRACE = 10_000;
/** Seconds for which an exchange must be held to show that it can be. */
const HELD = 5;

/** Reads by exchanges that are held until there is something to tell, and sends by others. */
export class LongPollTransport extends PollingTransport {
  #sender = new Sender(this.session, this);
  /** @type {AbortController | null} */
  #running = null;

  async connect() {
    if (this.reads) {
      await this.#run();
    } else {
      await this.#prove();
    }
  }

  detach() {
    super.detach();
    this.#running?.abort();
  }

  flush() {
    if (this.opened) {
      void this.#sender.flush();
    }
  }

  close() {
    super.close();
    this.#sender.stop();
    this.#running?.abort();
  }

  again() {
    this.#run().catch(error => this.fail(error));
  }

  async #run() {
    this.#running?.abort();
    const controller = new AbortController();
    this.#running = controller;
    // The first is not held: it says that the server is there, and where the rooms are.
    for (let wait = 0; !this.closed && this.reads; wait = this.session.settings.wait) {
      if (this.opened && this.wanted.size === 0) {
        return; // There is nothing to wait for.
      }
      const held = this.session.placed ? wait : 0;
      try {
        await this.poll({ wait: held, signal: controller.signal, within: held * 1000 + GRACE });
      } catch (error) {
        if (controller.signal.aborted) {
          return; // Another run took its place.
        }
        throw error;
      }
      this.begun();
      this.flush();
    }
  }

  /** Finds out whether exchanges can be held, beside another transport that reads. What they bring is left to that one. */
  async #prove() {
    const controller = new AbortController();
    this.#running = controller;
    for (let tries = 0; tries < 5; tries++) {
      const fields = () => ({ rooms: roomsOf(this.wanted), wait: HELD + 1 });
      const { took } = await exchange(this.session, fields, { signal: controller.signal, within: HELD * 1000 + GRACE });
      if (took >= HELD * 1000 || this.wanted.size === 0) {
        break;
      }
      await new Promise(resolve => this.session.environment.after(1000, () => resolve(undefined)));
    }
    if (!this.closed) {
      this.begun();
    }
  }
}
