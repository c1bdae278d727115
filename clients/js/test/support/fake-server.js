import { FakeConnection } from "./fake-connection.js";
import { answerOffer, FakePeer } from "./fake-peer.js";

const EPOCH = "fakeepoch00";

/** A server in the test's own process, with the session part of the protocol that the client speaks, and faults to order. */
export class FakeServer {
  /** How a WebSocket fares: `ok`, `refused`, `hangs` (shows nothing), `mute` (opens, shows nothing) or ms after which it dies. */
  webSocket = "ok";
  /** How a stream fares: `ok`, `buffered` or ms after which it is cut. */
  stream = "ok";
  /** ms after which a held exchange is cut; `ok`: never. */
  held = "ok";
  /**
   * How a data channel fares: `ok`, `unoffered` (501), `unknown` (415, as of a server that has never heard of it), `blocked` (an answer, and no
   * packet), `failed` (the same, and the browser says so) or ms after which it dies.
   */
  dataChannel = "ok";
  /** Whether the server has a channel that loses what is late, and what becomes of each entry over it: ms on the way, or null where it is lost. */
  lossy = true;
  fate = () => 5;
  /** Whether anything can be reached. */
  up = true;
  /** A problem that every request gets, or null. */
  problem = null;
  expires = undefined;
  heartbeat = 25_000;
  /** Every attempt to reach it: `{at, kind}`. */
  attempts = [];
  /** Every credential that was shown. */
  shown = [];
  /** Every peer that connected. */
  peers = [];
  /** Every frame that came over a WebSocket or a data channel. */
  frames = [];
  #rooms = new Map();
  #keys = new Map();
  #live = new Set();
  #time;

  constructor(time) {
    this.#time = time;
  }

  /** The environment of a client that talks to this server. */
  environment(more = {}) {
    const server = this;
    return this.#time.environment({
      fetch: (url, init) => this.#fetch(url, init),
      WebSocket: class extends FakeSocket {
        constructor() {
          super(server, server.#time);
        }
      },
      RTCPeerConnection: class extends FakePeer {
        constructor() {
          super(server, server.#time);
        }
      },
      ...more,
    });
  }

  publish(room, data, { event = "message", key } = {}) {
    const known = key && this.#keys.get(`${room} ${key}`);
    if (known) {
      return { position: known, duplicate: true };
    }
    const entries = this.#entries(room);
    const offset = entries.length + 1;
    const position = `${EPOCH}-${offset}-000000`;
    entries.push({ op: "entry", room, position, offset, event, data, time: this.#time.now() });
    if (key) {
      this.#keys.set(`${room} ${key}`, position);
    }
    this.#live.forEach(live => live.wake());
    return { position, duplicate: false };
  }

  dataOf(room) {
    return this.#entries(room).map(entry => entry.data);
  }

  /** The WebSockets that are open. */
  get sockets() {
    return [...this.#live].filter(live => live instanceof FakeSocket);
  }

  /** How many connections and held exchanges there are. */
  get live() {
    return this.#live.size;
  }

  /** Breaks everything that is open. */
  cut() {
    [...this.#live].forEach(live => live.die());
  }

  /** Sends a frame on everything that streams. */
  say(frame) {
    this.#live.forEach(live => live.say?.(frame));
  }

  begin(live) {
    this.#live.add(live);
  }

  end(live) {
    this.#live.delete(live);
  }

  answer(frame) {
    this.frames.push(frame);
    const { id, room } = frame;
    switch (frame.op) {
      case "ping": return { op: "pong", id };
      case "publish": return this.refusesPublish?.(frame) ?? { op: "reply", id, ...this.publish(room, frame.data, frame) };
      case "refresh": this.shown.push(frame.token ?? frame.ticket); return { op: "reply", id, expires: this.expires };
      case "request": return { op: "error", id, room, code: "request.unhandled", title: "Nothing in the application answers this request." };
      case "members": return { op: "members", id, room, count: 0, members: [] };
      case "read": {
        if (frame.after) {
          return { op: "reply", id, room, position: "", verdict: "ok", entries: this.entriesAfter(room, offsetOf(frame.after)).slice(0, 100) };
        }
        const entries = this.#entries(room).filter(entry => !frame.before || entry.offset < offsetOf(frame.before)).slice(-frame.limit);
        return { op: "reply", id, room, position: "", verdict: "ok", entries, more: frame.before ? (entries[0]?.offset ?? 1) > 1 : undefined };
      }
    }
    return { op: "error", id, code: "op.unknown", title: "There is no such op." };
  }

  /** Where reading begins: the offset, and the `joined` frame. */
  join(room, { after, last, id } = {}) {
    const head = this.#entries(room).length;
    const offset = last ? Math.max(0, head - last) : !after || after === "now" ? head : after === "start" ? 0 : offsetOf(after);
    return { offset, joined: { op: "joined", id, room, position: `${EPOCH}-${offset}-000000`, verdict: "ok" } };
  }

  entriesAfter(room, offset) {
    return this.#entries(room).slice(offset);
  }

  #entries(room) {
    if (!this.#rooms.has(room)) {
      this.#rooms.set(room, []);
    }
    return this.#rooms.get(room);
  }

  async #fetch(url, init) {
    if (init.headers["Content-Type"] === "application/sdp") {
      return answerOffer(this, this.#time, init);
    }
    const body = JSON.parse(init.body);
    const streams = init.headers.Accept === "text/event-stream";
    this.attempts.push({ at: this.#time.now(), kind: streams ? "stream" : body.wait ? "longpoll" : "exchange" });
    await new Promise(resolve => this.#time.after(5, resolve));
    init.signal.throwIfAborted();
    if (!this.up) {
      throw new TypeError("fetch failed");
    }
    this.shown.push(body.token ?? body.ticket);
    if (this.problem) {
      const { status, ...problem } = this.problem;
      return new Response(JSON.stringify(problem), { status, headers: { "Content-Type": "application/problem+json" } });
    }
    return streams ? this.#streamed(body, init.signal) : this.#exchange(body, init.signal);
  }

  #streamed({ rooms = {} }, signal) {
    let controller;
    const response = new Response(new ReadableStream({ start: each => { controller = each; } }), { headers: { "Content-Type": "text/event-stream" } });
    let lost = false; // What is kept back once is never given; nor what follows.
    const say = frame => (lost ||= this.stream === "buffered") || controller.enqueue(new TextEncoder().encode(frame ? `data: ${JSON.stringify(frame)}\n\n` : ":\n\n"));
    say({ op: "welcome", session: "s", resumed: false, heartbeat: this.heartbeat, expires: this.expires });
    const readers = Object.entries(rooms).map(([room, from]) => {
      const { offset, joined } = this.join(room, typeof from === "string" ? { after: from } : from);
      say(joined);
      return { room, offset };
    });
    const live = {
      say,
      wake: () => readers.forEach(reader => this.entriesAfter(reader.room, reader.offset).forEach(entry => {
        reader.offset = entry.offset;
        say(entry);
      })),
      die: () => {
        this.end(live);
        try {
          controller.error(new TypeError("network error"));
        } catch {
          // It has ended already.
        }
      },
    };
    this.begin(live);
    live.wake();
    signal.addEventListener("abort", () => live.die());
    const beat = () => this.#live.has(live) && (say(undefined), this.#time.after(this.heartbeat, beat));
    beat();
    if (typeof this.stream === "number") {
      this.#time.after(this.stream, live.die);
    }
    return response;
  }

  async #exchange({ rooms = {}, send = [], wait = 0 }, signal) {
    const readers = Object.entries(rooms).map(([room, from]) => ({ room, ...this.join(room, typeof from === "string" ? { after: from } : from) }));
    const replies = send.map(frame => this.answer(frame));
    const hasEntries = () => readers.some(({ room, offset }) => this.entriesAfter(room, offset).length > 0);
    if (wait > 0 && replies.length === 0 && readers.length > 0 && !hasEntries()) {
      await new Promise((resolve, reject) => {
        const done = outcome => () => {
          this.end(live);
          outcome(new TypeError("network error"));
        };
        const live = { wake: () => hasEntries() && done(resolve)(), die: done(reject) };
        this.begin(live);
        this.#time.after(wait * 1000, done(resolve));
        signal.addEventListener("abort", live.die);
        if (this.held !== "ok") {
          this.#time.after(this.held, live.die);
        }
      });
    }
    const entries = readers.flatMap(({ room, offset }) => this.entriesAfter(room, offset));
    const positions = Object.fromEntries(readers.map(({ room, joined }) => [room, entries.findLast(entry => entry.room === room)?.position ?? joined.position]));
    const answer = { session: "s", resumed: false, expires: this.expires, rooms: positions, replies, frames: [...readers.map(reader => reader.joined), ...entries] };
    return new Response(JSON.stringify(answer), { headers: { "Content-Type": "application/json", ...(wait ? {} : { "Godwit-Poll-After": "1.5" }) } });
  }
}

/** @param {string} position */
const offsetOf = position => Number(position.split("-")[1]);

class FakeSocket extends FakeConnection {
  readyState = 0;
  onopen = null;
  onmessage = null;
  onclose = null;
  #lost = false;

  constructor(server, time) {
    super(server, time);
    server.attempts.push({ at: time.now(), kind: "websocket" });
    if (server.webSocket !== "hangs" || !server.up) {
      time.after(5, () => server.up && server.webSocket !== "refused" && !server.problem ? this.#open() : this.die());
    }
  }

  send(text) {
    this.#lost ||= this.server.webSocket === "mute" || !this.server.up; // What was lost once does not come later, nor what follows.
    if (this.readyState === 1 && !this.#lost) {
      const frame = JSON.parse(text);
      this.time.after(5, () => this.readyState === 1 && this.take(frame));
    }
  }

  close() {
    this.readyState = 3;
    this.server.end(this);
  }

  die(code = 1006, reason = "") {
    if (this.readyState < 3) {
      this.close();
      this.onclose?.({ code, reason });
    }
  }

  say(frame) {
    this.time.after(5, () => this.readyState === 1 && !this.#lost && this.onmessage?.({ data: JSON.stringify(frame) }));
  }

  #open() {
    if (this.readyState === 0) {
      this.readyState = 1;
      this.server.begin(this);
      this.onopen?.({});
      if (typeof this.server.webSocket === "number") {
        this.time.after(this.server.webSocket, () => this.die());
      }
    }
  }
}
