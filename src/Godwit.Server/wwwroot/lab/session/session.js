import { faultOfNotice, guarded, keepTrying } from "../attempts.js";
import { Fault } from "../fault.js";
import { newKey, unacknowledged } from "../publishing.js";
import { exchange, publishText } from "./exchange.js";
import { JoinedRoom } from "./joined-room.js";
import { Replies } from "./replies.js";

/**
 * One session: several rooms, each with its own position, the newest session token, and the transport that reads them all
 * at the moment.
 *
 * A WebSocket takes `join`, `leave` and `publish` while it is open. With the other transports a room is joined or left by
 * beginning anew with the positions, and a publish is an exchange of its own: the session may have any number of them.
 */
export class Session {
  state = "idle";
  note = "";
  transport = null;
  token = null;
  /** Whether the server knew the token presented last; null before the first answer. */
  resumed = null;
  rooms = new Map();
  #observer;
  #stop = null;
  #connection = null;
  #replies = new Replies();

  /** The observer is told: `changed()`, `entry(entry, how)`, `request(kind)`, `fault(fault)`, `verdict(room, verdict, missing)`, `lost()`. */
  constructor(observer) {
    this.#observer = observer;
  }

  /** Reads all rooms on from their positions with this transport. */
  read(transport) {
    this.#end();
    this.transport = transport;
    const stop = new AbortController();
    this.#stop = stop;
    keepTrying({
      attempt: pace => this.#connect(transport, stop.signal, pace),
      become: (state, note) => this.#become(state, note),
      told: fault => this.#observer.fault(fault),
      signal: stop.signal,
    });
  }

  /** Drops the connection and stays away until `read` is called. */
  cut() {
    this.#end();
    this.#become("cut");
  }

  /** Adds a room; false if it is there already. */
  join(name) {
    if (this.rooms.has(name) && this.rooms.get(name).state !== "refused") {
      return false;
    }
    const room = new JoinedRoom(name, this.#observer);
    this.rooms.set(name, room);
    this.#change(send => {
      const id = this.#replies.newId();
      room.ask(this.#connection, id);
      send(JSON.stringify({ op: "join", id, room: name, ...room.from }));
    });
    return true;
  }

  /** Takes a room out of the session; its position is forgotten. */
  leave(name) {
    const room = this.rooms.get(name);
    if (this.rooms.delete(name)) {
      this.#change(send => room.state !== "refused" && send(JSON.stringify({ op: "leave", id: this.#replies.newId(), room: name })));
    }
  }

  /**
   * Publishes in any room: over the WebSocket if it is open, else in an exchange of its own. Returns the server's reply
   * with `took`, the ms until it came. When the connection goes before the reply has come, the same is sent again with the
   * same key, which stores it once.
   */
  async publish(room, { event, body, json, key = newKey() }) {
    if (!this.#stop) {
      throw new Fault("The session is cut: resume it to publish through it.");
    }
    const id = this.#replies.newId();
    const text = publishText({ id, room, event, body, json, key });
    const began = performance.now();
    const send = this.state === "open" && this.#connection?.send;
    let reply = send ? await this.#replies.to(id, () => send(text)) : null;
    if (!reply && !this.#stop) {
      throw unacknowledged();
    }
    reply ??= await this.#publishApart(text);
    return { ...reply, took: Math.round(performance.now() - began) };
  }

  async #publishApart(text) {
    this.#observer.request(this.transport.kind);
    const answer = await exchange({ session: this.token ?? undefined }, { send: [text] }).catch(fault => {
      throw fault.code ? fault : unacknowledged(); // Without an answer it may have been stored.
    });
    if (answer.resumed) {
      this.token = answer.session;
    }
    const [reply] = answer.replies;
    if (reply.op === "error") {
      throw Fault.ofFrame(reply);
    }
    return reply;
  }

  // An open WebSocket is told of the change; one that is opening says it in its hello; everything else begins anew.
  #change(tell) {
    if (this.#connection?.send) {
      tell(this.#connection.send);
    } else if (this.#stop && !(this.transport.both && this.state === "connecting")) {
      this.read(this.transport);
    }
    this.#observer.changed();
  }

  #end() {
    this.#stop?.abort();
    this.#stop = null;
    this.#connection = null;
    this.#replies.lost();
  }

  #become(state, note = "") {
    this.state = state;
    this.note = note;
    this.#observer.changed();
  }

  async #connect(transport, signal, pace) {
    const connection = { kind: transport.kind, since: Date.now(), send: null };
    this.#connection = connection;
    const on = guarded({
      request: () => this.#observer.request(transport.kind),
      sender: send => {
        connection.send = send;
      },
      welcome: ({ session, resumed }) => {
        if (this.token && !resumed) {
          this.#observer.lost();
        }
        this.token = session;
        this.resumed = resumed;
        if (this.state !== "open") {
          pace.opened();
          this.#become("open");
        }
      },
      moved: positions => {
        for (const [name, position] of Object.entries(positions)) {
          this.rooms.get(name)?.moved(position);
        }
        this.#observer.changed();
      },
      frame: frame => this.#take(frame, pace),
    }, signal);
    // Asked for when the request is made: rooms may be joined and left until then.
    const begin = () => {
      const rooms = [...this.rooms.values()].filter(room => room.state !== "refused");
      rooms.forEach(room => room.ask(connection));
      return { session: this.token ?? undefined, rooms: Object.fromEntries(rooms.map(room => [room.name, room.from])) };
    };
    try {
      await transport.read({ begin, on, signal });
    } finally {
      if (this.#connection === connection) {
        this.#connection = null;
        this.#replies.lost();
      }
    }
  }

  #take(frame, pace) {
    const room = this.rooms.get(frame.room);
    if (frame.op === "joined") {
      room?.joined(frame);
    } else if (["entry", "gap", "reset"].includes(frame.op)) {
      if (room?.state === "joined") {
        room[frame.op === "entry" ? "entry" : "judged"](frame);
      }
    } else if (frame.op === "left") {
      if (frame.code) {
        room?.ended(new Fault("The server took this reader out of the room.", { code: frame.code }));
      }
    } else if (!this.#replies.take(frame) && !(frame.op === "error" && room?.refused(frame, Fault.ofFrame(frame)))) {
      this.#notice(frame, pace);
    }
    this.#observer.changed();
  }

  #notice(frame, pace) {
    if (frame.op === "drain" || frame.op === "error" && frame.retry) {
      pace.back(frame.back ?? frame.retry);
    }
    if (["drain", "degraded", "restored", "error"].includes(frame.op)) {
      this.#observer.fault(faultOfNotice(frame));
    }
  }
}
