import { Ledger } from "../ledger.js";
import { Meter } from "./meter.js";

/** Latencies kept for the percentiles: enough for a 99th one that means something. */
const KEPT = 500;

/** Offsets remembered for `window.lab`. */
const REMEMBERED = 100_000;

/** Why a client or a room is closed, as a fault to show. */
export const faultOf = ({ code, why }, advice = "") => Object.assign(new Error(`${why} ${advice}`.trim()), { code });

/** ms since the Unix epoch, finer than `Date.now()`. */
export const now = () => performance.timeOrigin + performance.now();

/**
 * One transport on its way through the room: a client that may use this transport and no other. The client resumes and repairs; the
 * lane counts what comes out of it, by the offsets, and times it.
 */
export class Lane {
  offsets = [];
  #Godwit;
  #told;
  #client = null;
  #room = null;
  #meter = null;
  #since = Infinity;
  #before = null;
  #lateBefore = 0;

  /** Whether it reads the newest entries alone, over a channel that loses what is late. */
  loses = false;

  /**
   * @param {{kind: string, title: string, how: string, loses?: boolean}} transport
   * @param {typeof import("/rt/client.js").Godwit} Godwit the client
   * @param {{sentAt: (entry: object) => number, arrived: (lane: Lane, entry: object, sent: number, latency: number) => void, fault: (fault: Error) => void}} told
   */
  constructor(transport, Godwit, told) {
    Object.assign(this, transport);
    this.#Godwit = Godwit;
    this.#told = told;
    this.clear();
  }

  /** Begins to read a room, with what comes from now on. */
  open({ url, room, token, present }) {
    this.close();
    this.cut = this.paused = false;
    this.clear();
    this.offsets = [];
    this.#meter = new Meter();
    const client = new this.#Godwit(url, {
      transports: [this.loses ? "datachannel" : this.kind],
      lossy: this.loses,
      remember: false,
      fetch: this.#meter.fetch,
      WebSocket: this.#meter.WebSocket,
      ...(token && { token }),
    });
    this.#client = client;
    const joined = client.join(room, { ...(this.loses && { delivery: "latest" }), ...(present && { present: true, state: { lane: this.title } }) });
    this.#room = joined;
    joined.on("entry", entry => this.#take(entry));
    joined.on("gap", ({ missing }) => {
      this.gaps++;
      this.ledger.verdict("gap", missing);
    });
    joined.on("reset", () => {
      this.resets++;
      this.ledger.verdict("reset");
    });
    joined.on("state", state => {
      if (state.name === "closed" && state.code !== "room.left") {
        this.#told.fault(faultOf(state));
      }
    });
    client.on("state", state => {
      if (state.name !== "open") {
        this.#since = Infinity;
      } else if (this.#since === Infinity) {
        this.#since = now();
      }
    });
  }

  close() {
    this.#client?.close();
    this.#client = null;
  }

  /** Cuts the connection and stays away, or comes back and catches up. */
  toggleCut() {
    this.cut = !this.cut;
    if (this.cut) {
      this.#since = Infinity;
      this.#client.disconnect();
    } else {
      this.#client.connect();
    }
  }

  /** Keeps the connection and takes nothing from it, or goes on. */
  togglePause() {
    this.paused = !this.paused;
    if (this.paused) {
      this.#room.pause();
    } else {
      this.#since = now();
      this.#room.resume();
    }
  }

  /** Counts from here. */
  clear() {
    this.ledger = new Ledger();
    this.gaps = this.resets = this.caughtUp = 0;
    this.latencies = [];
    this.#before = this.#client ? this.#total() : null;
    this.#lateBefore = this.#client?.counters.late ?? 0;
  }

  /** What it has cost since it was cleared. */
  get costs() {
    const total = this.#client ? this.#total() : { requests: 0, up: 0, down: 0 };
    const { requests, up, down } = this.#before ?? { requests: 0, up: 0, down: 0 };
    return { requests: total.requests - requests, up: total.up - up, down: total.down - down };
  }

  /** What the client dropped since it had come before. */
  get dropped() {
    return this.#client?.counters.duplicates ?? 0;
  }

  /** What came too late to be of use, and was dropped. */
  get late() {
    return (this.#client?.counters.late ?? 0) - this.#lateBefore;
  }

  get state() {
    return this.cut ? { name: "cut" } : this.paused ? { name: "paused" } : this.#client?.state ?? { name: "idle" };
  }

  get transport() {
    return this.#client?.transport ?? null;
  }

  get position() {
    return this.#room?.position ?? null;
  }

  /** The latency that the given share of entries did not exceed, or null without any. */
  percentile(share) {
    const sorted = [...this.latencies].sort((a, b) => a - b);
    return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }

  #total() {
    const { requests, bytesUp, bytesDown } = this.#client.counters;
    return { requests, up: bytesUp + this.#meter.up, down: bytesDown + this.#meter.down };
  }

  #take(entry) {
    this.ledger.entry(entry.offset);
    if (this.offsets.length < REMEMBERED) {
      this.offsets.push(entry.offset);
    }
    const sent = this.#told.sentAt(entry);
    const latency = Math.max(0, now() - sent);
    if (sent >= this.#since) {
      this.latencies.push(latency);
      if (this.latencies.length > KEPT) {
        this.latencies.shift();
      }
    } else {
      this.caughtUp++; // It waited in the log while the lane was away, not on the way.
    }
    this.#told.arrived(this, entry, sent, latency);
  }
}
