import { FakeConnection } from "./fake-connection.js";

const offers = new Map();
let offered = 0;

/** An `RTCPeerConnection` whose other end is a `FakeServer`. */
export class FakePeer extends FakeConnection {
  connectionState = "new";
  localDescription = null;
  onconnectionstatechange = null;
  channels = new Map();
  #offer = `fake offer ${++offered}`;

  constructor(server, time) {
    super(server, time);
    offers.set(this.#offer, this);
  }

  createDataChannel(label, how = {}) {
    const channel = new FakeChannel(this, label, how);
    this.channels.set(label, channel);
    return channel;
  }

  async createOffer() {
    return { type: "offer", sdp: this.#offer };
  }

  async setLocalDescription(description) {
    this.localDescription = description;
  }

  async setRemoteDescription({ sdp }) {
    if (sdp !== `answer to ${this.#offer}`) {
      throw new Error("That is no answer to this offer.");
    }
    const { dataChannel, up } = this.server;
    if (dataChannel === "failed") {
      this.time.after(2000, () => {
        this.connectionState = "failed";
        this.onconnectionstatechange?.({});
      });
    } else if (dataChannel !== "blocked" && up) {
      this.time.after(10, () => this.#connect());
    }
  }

  close() {
    this.connectionState = "closed";
    this.channels.forEach(channel => { channel.readyState = "closed"; });
    this.server.end(this);
  }

  /** The server ends it, and says so where packets get through. */
  die() {
    if (this.connectionState === "connected") {
      this.close();
      this.channels.forEach(channel => channel.onclose?.({}));
    }
  }

  /** No packet comes any more, which ICE sees in a while. */
  fall(silent) {
    this.silent = true;
    if (!silent) {
      this.time.after(5000, () => {
        this.connectionState = "disconnected";
        this.onconnectionstatechange?.({});
      });
    }
  }

  /** Lines, of which one message may hold several, and which may be cut anywhere. */
  say(frame) {
    const line = `${JSON.stringify(frame)}\n`;
    const half = line.length >> 1;
    for (const data of [line.slice(0, half), line.slice(half)]) {
      this.time.after(5, () => this.#give("reliable", data));
    }
  }

  deliver(entry, reader) {
    if (!reader.latest || reader.first || this.channels.get("lossy")?.readyState !== "open") {
      return this.say(entry);
    }
    const ms = this.server.fate(entry);
    if (ms !== null) {
      this.time.after(ms, () => this.#give("lossy", JSON.stringify(entry)));
    }
  }

  #give(label, data) {
    const channel = this.channels.get(label);
    if (channel?.readyState === "open" && !this.silent && this.server.up) {
      channel.onmessage?.({ data });
    }
  }

  #connect() {
    if (this.connectionState === "new") {
      this.connectionState = "connected";
      this.onconnectionstatechange?.({});
      this.server.begin(this);
      this.server.peers.push(this);
      this.channels.forEach(channel => channel.open());
      if (!this.server.lossy) {
        const lossy = this.channels.get("lossy");
        this.time.after(20, () => lossy?.die());
      }
      if (typeof this.server.dataChannel === "number") {
        this.time.after(this.server.dataChannel, () => this.die());
      }
    }
  }
}

class FakeChannel {
  readyState = "connecting";
  onopen = null;
  onmessage = null;
  onclose = null;

  constructor(peer, label, how) {
    Object.assign(this, { peer, label, how });
  }

  open() {
    this.readyState = "open";
    this.onopen?.({});
  }

  die() {
    if (this.readyState === "open") {
      this.readyState = "closed";
      this.onclose?.({});
    }
  }

  send(text) {
    if (this.readyState !== "open") {
      throw new DOMException("The channel is not open.", "InvalidStateError");
    }
    if (text.length > 262_144) {
      throw new TypeError("The message is larger than the other end takes.");
    }
    const { peer } = this;
    const frame = JSON.parse(text);
    if (!peer.silent) {
      peer.time.after(5, () => peer.server.up && peer.connectionState === "connected" && peer.take(frame));
    }
  }
}

/** What a `FakeServer` says to a POST with an offer. */
export async function answerOffer(server, time, { body, headers, signal }) {
  server.attempts.push({ at: time.now(), kind: "datachannel" });
  await new Promise(resolve => time.after(5, resolve));
  signal.throwIfAborted();
  if (!server.up) {
    throw new TypeError("fetch failed");
  }
  server.shown.push(headers.Authorization?.replace("Bearer ", ""));
  const problem = (status, code) => new Response(JSON.stringify({ status, code, title: `It is ${code}.` }), { status, headers: { "Content-Type": "application/problem+json" } });
  if (server.problem) {
    return problem(server.problem.status, server.problem.code);
  }
  switch (server.dataChannel) {
    case "unoffered": return problem(501, "webrtc.unconfigured");
    case "unknown": return problem(415, "media.unsupported");
    case "missing": return new Response("<h1>Not Found</h1>", { status: 404 });
    case "foreign": return new Response("v=0", { status: 201 });
  }
  return new Response(`answer to ${offers.has(body) ? body : "nothing"}`, { status: 201, headers: { "Content-Type": "application/sdp", Location: "/rt/session/peer" } });
}
