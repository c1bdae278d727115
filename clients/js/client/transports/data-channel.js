import { GodwitError } from "../errors.js";
import { sizeOf } from "../octets.js";
import { Sender } from "../sender.js";
import { FramedTransport } from "./framed.js";

/** @typedef {import("../types.js").Frame} Frame */
/** @typedef {import("../reader.js").Reader} Reader */

/** What may be sent ahead of the answers: frames, and their octets. The server closes a channel that has twice as much on the way. */
const AHEAD = 256;
const OCTETS = 256 << 10;
/** The largest frame that goes over a channel, in octets. A larger one is sent by an exchange. */
const LARGEST = 240 << 10;

/** Statuses of an answer that say that there are no data channels here, or none that this client can have. */
const UNOFFERED = new Set([400, 404, 405, 406, 413, 415, 422, 501]);

/**
 * Both ways over a reliable data channel of a peer; entries of which only the newest matters come over another, which loses what is late.
 * It carries the session, or stands aside: then it has those rooms alone, and all else is another's.
 */
export class DataChannelTransport extends FramedTransport {
  /** @type {RTCPeerConnection | null} */
  #peer = null;
  /** @type {RTCDataChannel | null} */
  #reliable = null;
  /** @type {RTCDataChannel | null} */
  #lossy = null;
  #controller = new AbortController();
  /** Of a line that is not whole yet. */
  #rest = "";
  /** Sends what is too large for a channel. It is an owner of its own: each waits until the other has its answers, and the order stays. */
  #large = new Sender(this.session, this, {});

  async connect() {
    const { session } = this;
    const { environment, settings } = session;
    const { token } = await session.credential.fields();
    if (this.closed) {
      return;
    }
    try {
      const Peer = /** @type {typeof RTCPeerConnection} */ (environment.RTCPeerConnection);
      const peer = new Peer();
      this.#peer = peer;
      peer.onconnectionstatechange = () => this.#look();
      this.#open(peer, settings.lossy);
      await peer.setLocalDescription(await peer.createOffer());
    } catch (cause) {
      throw new GodwitError("network.failed", { cause, detail: "The browser makes no data channel.", unfit: true });
    }
    if (this.closed) {
      return;
    }
    const sdp = await this.#signal(this.#peer.localDescription?.sdp ?? "", token);
    if (this.closed) {
      return;
    }
    await this.#peer.setRemoteDescription({ type: "answer", sdp }).catch(cause => {
      throw new GodwitError("answer.foreign", { cause, unfit: true });
    });
    if (!this.opened) {
      // The server was just reached. If no packet comes through, none will.
      this.cancel = environment.after(settings.openTimeout / 2, () => {
        this.end(new GodwitError("network.silent", { detail: "No data channel came: UDP may be blocked on the way.", unfit: true }));
      });
    }
  }

  get ready() {
    return this.#reliable?.readyState === "open";
  }

  /** @param {Reader} reader */
  takes(reader) {
    return this.aside ? reader.latest : super.takes(reader);
  }

  begun() {
    this.cancel();
    super.begun();
  }

  /** @param {string} text */
  write(text) {
    if (this.ready) {
      this.#reliable?.send(text);
    }
  }

  flush() {
    if (!this.opened || !this.reads || this.aside) {
      return;
    }
    const { outbox } = this.session;
    const { count, octets } = outbox.heldBy(this);
    if (octets < OCTETS) {
      outbox.take(this, AHEAD - count, OCTETS - octets, LARGEST).forEach(item => this.send(item.text));
    }
    if (outbox.hasLarger(LARGEST)) {
      void this.#large.flush();
    }
  }

  /** @param {Frame} frame */
  take(frame) {
    super.take(frame);
    this.flush(); // An answer makes room for more.
  }

  /**
   * @param {Reader} reader
   * @param {Frame} frame
   */
  tell(reader, frame) {
    if (!this.aside || reader.aside || frame.op === "joined") {
      super.tell(reader, frame);
    } // Else it was refused here, and another reads it.
  }

  /** @param {Reader} reader */
  joined(reader) {
    if (this.aside) {
      this.session.beside.took(reader);
    }
    if (reader.latest && this.#lossy?.readyState === "open") {
      this.session.mayLose(reader, true);
    }
  }

  /** @param {Reader} reader */
  parted(reader) {
    this.session.mayLose(reader, false);
  }

  close() {
    super.close();
    this.#large.stop();
    this.#controller.abort();
    for (const channel of [this.#reliable, this.#lossy]) {
      if (channel) {
        channel.onopen = channel.onmessage = channel.onclose = null;
      }
    }
    if (this.#peer) {
      this.#peer.onconnectionstatechange = null;
      this.#peer.close();
    }
  }

  /**
   * @param {RTCPeerConnection} peer
   * @param {boolean} withLossy
   */
  #open(peer, withLossy) {
    const { counters } = this.session;
    const reliable = peer.createDataChannel("reliable");
    this.#reliable = reliable;
    reliable.onopen = () => this.greet({}); // Its credential was shown with the offer.
    reliable.onmessage = ({ data }) => {
      counters.bytesDown += sizeOf(data);
      const lines = (this.#rest + data).split("\n");
      this.#rest = lines.pop() ?? "";
      lines.forEach(line => this.closed || this.receive(line));
    };
    reliable.onclose = () => this.end(this.last ?? this.#gone("The data channel was closed."));
    if (withLossy) {
      const lossy = peer.createDataChannel("lossy", { ordered: false, maxRetransmits: 0 });
      this.#lossy = lossy;
      lossy.onmessage = ({ data }) => {
        counters.bytesDown += sizeOf(data);
        this.#lose(data);
      };
      lossy.onclose = () => {
        if (this.aside) {
          return this.end(new GodwitError("network.failed", { detail: "The server has no channel that loses what is late.", unfit: true }));
        }
        for (const { reader } of [...this.joins.values()]) {
          if (reader.newest) {
            this.session.mayLose(reader, false);
            this.changed(reader); // Joined again: nothing else would show what was lost last.
          }
        }
      };
    }
  }

  /**
   * Has an offer answered.
   * @param {string} offer
   * @param {string | undefined} token
   * @returns {Promise<string>} The answer.
   */
  async #signal(offer, token) {
    const { session } = this;
    const { environment, settings, counters } = session;
    counters.requests++;
    counters.bytesUp += sizeOf(offer);
    const response = await environment.fetch(session.url, {
      method: "POST", headers: { "Content-Type": "application/sdp", ...(token && { Authorization: `Bearer ${token}` }) }, body: offer,
      signal: this.#controller.signal, credentials: settings.credentials, cache: "no-store",
    });
    const problem = response.status === 201 ? null : await GodwitError.ofResponse(response);
    if (problem) {
      const unfit = response.ok || UNOFFERED.has(response.status);
      throw unfit ? new GodwitError(problem.code, { title: problem.message, explained: problem.explained, unfit }) : problem;
    }
    const sdp = await response.text();
    counters.bytesDown += sizeOf(sdp);
    return sdp;
  }

  /** An entry came that others may have overtaken. @param {string} text */
  #lose(text) {
    /** @type {Frame} */
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return; // It may be lost as well.
    }
    const join = this.joins.get(frame.room ?? "");
    if (join?.joined && frame.op === "entry") {
      this.events.heard();
      this.session.mayLose(join.reader, true);
      this.session.tell(join.reader, frame);
    }
  }

  /** That a peer which was never of use is gone says that none will be: its server was reached. @param {string} detail */
  #gone(detail) {
    return new GodwitError("network.failed", { detail, unfit: !this.opened });
  }

  /** The peer's state changed. */
  #look() {
    const state = this.#peer?.connectionState;
    if (state === "failed" || state === "closed") {
      this.end(this.#gone("The peer is gone."));
    } else if (state === "disconnected") {
      this.check();
    }
  }
}
