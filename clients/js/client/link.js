import { GodwitError } from "./errors.js";
import { DataChannelTransport } from "./transports/data-channel.js";
import { LongPollTransport } from "./transports/long-poll.js";
import { ShortPollTransport } from "./transports/short-poll.js";
import { StreamTransport } from "./transports/stream.js";
import { WebSocketTransport } from "./transports/web-socket.js";

/** @typedef {import("./types.js").TransportKind} TransportKind */

const TRANSPORTS = {
  datachannel: DataChannelTransport, websocket: WebSocketTransport, stream: StreamTransport, longpoll: LongPollTransport, poll: ShortPollTransport,
};

/** ms after which something must still be heard for a connection to count as useful. */
const USEFUL = 10_000;

/**
 * @typedef {object} LinkEvents
 * @property {(link: Link) => void} opened
 * @property {(link: Link) => void} proven It was useful for a while.
 * @property {(link: Link, fault: GodwitError) => void} ended
 * @property {(link: Link, frame: import("./types.js").Frame) => void} drain
 * @property {() => void} changed
 */

/** One transport at work, from its beginning to its end. */
export class Link {
  opened = false;
  proven = false;
  degraded = false;
  /** When the server wants its clients back. @type {number | null} */
  back = null;
  /** Whether it was given up since it showed nothing. */
  silent = false;
  #cancel;
  #since = Infinity;

  /**
   * @param {TransportKind} kind
   * @param {import("./session.js").Session} session
   * @param {LinkEvents} events
   */
  constructor(kind, session, events) {
    const { environment, settings } = session;
    this.kind = kind;
    this.transport = new TRANSPORTS[kind](session, {
      opened: () => {
        this.#cancel();
        this.opened = true;
        this.#since = environment.now();
        events.opened(this);
      },
      heard: () => {
        if (!this.proven && environment.now() - this.#since >= USEFUL) {
          this.proven = true;
          this.transport.settle();
          events.proven(this);
        }
      },
      ended: fault => {
        this.#cancel();
        this.silent ||= fault.code === "network.silent";
        events.ended(this, fault);
      },
      drain: frame => {
        this.back = environment.now() + (frame.back ?? 0);
        events.drain(this, frame);
      },
      degraded: degraded => {
        this.degraded = degraded;
        events.changed();
      },
    });
    this.#cancel = environment.after(settings.openTimeout * (kind === "longpoll" || kind === "poll" ? 3 : 1), () => {
      this.transport.end(new GodwitError("network.silent", { detail: "It showed nothing in time." }));
    });
  }

  close() {
    this.#cancel();
    this.transport.close();
  }
}
