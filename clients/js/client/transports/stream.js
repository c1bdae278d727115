import { GodwitError } from "../errors.js";
import { post, roomsOf } from "../exchange.js";
import { Pulse } from "../pulse.js";
import { Sender } from "../sender.js";
import { Transport } from "./transport.js";

/** @typedef {import("../types.js").Frame} Frame */
/** @typedef {import("../reader.js").Reader} Reader */

/** Reads by an exchange whose answer does not end, and sends by others. Other rooms are another stream: the old one ends with its beginning. */
export class StreamTransport extends Transport {
  /** The stream that counts. @type {AbortController | null} */
  #current = null;
  /** @type {Pulse | null} */
  #pulse = null;
  #sender = new Sender(this.session, this);

  connect() {
    return this.#stream();
  }

  detach() {
    super.detach();
    this.#pulse?.stop();
    this.#current?.abort();
    this.#current = null;
  }

  flush() {
    if (this.opened) {
      void this.#sender.flush();
    }
  }

  close() {
    super.close();
    this.#pulse?.stop();
    this.#sender.stop();
    this.#current?.abort();
  }

  again() {
    void this.#stream().catch(error => this.end(GodwitError.ofNetwork(error)));
  }

  async #stream() {
    const { session } = this;
    const controller = new AbortController();
    /** @type {Map<string, Reader>} */
    let readers = new Map();
    let counts = false;
    const began = session.environment.now();
    let response;
    try {
      response = await post(session, () => {
        // From here on this is the stream that counts: it begins where the one before it was broken off.
        this.#current?.abort();
        this.#current = controller;
        counts = true;
        this.#watch();
        readers = this.reads ? this.wanted : readers;
        return { rooms: roomsOf(readers) };
      }, { accept: "text/event-stream", signal: controller.signal });
      await this.#read(response, readers, controller, began);
    } catch (error) {
      if (counts && this.#current !== controller) {
        return; // Another stream took its place.
      }
      throw error;
    }
    if (this.#current === controller) {
      throw new GodwitError("network.failed", { detail: "The stream ended." });
    }
  }

  /**
   * @param {Response} response
   * @param {Map<string, Reader>} readers
   * @param {AbortController} controller
   * @param {number} began
   */
  async #read(response, readers, controller, began) {
    const { session } = this;
    if (!response.body || !response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
      throw new GodwitError("answer.foreign", { detail: "The answer is not an event stream." });
    }
    const chunks = response.body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await chunks.read();
      if (done || this.closed || this.#current !== controller) {
        return; // An event that was cut in the middle is no frame: the next stream brings it whole.
      }
      session.counters.bytesDown += value.length;
      this.#pulse?.heard();
      this.events.heard();
      const events = (rest + decoder.decode(value, { stream: true })).split("\n\n");
      rest = events.pop() ?? "";
      for (const line of events.flatMap(event => event.split("\n"))) {
        if (line.startsWith("data:") && this.#current === controller && !this.closed) {
          this.#frame(JSON.parse(line.slice(5)), readers, began);
        }
      }
    }
  }

  /**
   * @param {Frame} frame
   * @param {Map<string, Reader>} readers
   * @param {number} began
   */
  #frame(frame, readers, began) {
    const reader = frame.room === undefined || frame.id !== undefined ? undefined : readers.get(frame.room);
    if (frame.op === "welcome") {
      this.session.roundTrip = this.session.environment.now() - began;
      this.session.welcome(frame);
      this.begun();
      this.flush();
    } else if (reader) {
      if (frame.op === "left" || frame.op === "error") {
        readers.delete(reader.name);
      }
      this.session.tell(reader, frame);
      if (frame.op !== "entry") {
        this.flush();
      }
    } else if (frame.op === "error" && frame.room === undefined) {
      this.end(GodwitError.ofFrame(frame)); // Behind it the stream ends.
    } else {
      this.take(frame);
    }
  }

  /** A stream that is silent for longer than its heartbeats is dead. */
  #watch() {
    this.#pulse?.stop();
    this.#pulse = new Pulse(this.session.environment, {
      quiet: () => this.session.heartbeat * 1.4,
      ask: () => {},
      dead: () => this.end(new GodwitError("network.silent")),
    });
  }
}
