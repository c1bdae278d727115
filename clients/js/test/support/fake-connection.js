/** What carries frames of a session to and from a `FakeServer`. How, a subclass says. */
export class FakeConnection {
  #readers = new Map();

  constructor(server, time) {
    this.server = server;
    this.time = time;
  }

  wake() {
    for (const reader of this.#readers.values()) {
      for (const entry of this.server.entriesAfter(reader.room, reader.offset)) {
        reader.offset = entry.offset;
        this.deliver(entry, reader);
        reader.first = false;
      }
    }
  }

  deliver(entry) {
    this.say(entry);
  }

  take(frame) {
    const { op, id, room } = frame;
    switch (op) {
      case "hello":
        this.server.shown.push(frame.token ?? frame.ticket);
        return this.say({ op: "welcome", session: "s", resumed: false, heartbeat: this.server.heartbeat, expires: this.server.expires });
      case "join": {
        this.server.frames.push(frame);
        const { offset, joined } = this.server.join(room, frame);
        this.#readers.set(room, { room, offset, latest: frame.delivery === "latest", first: true });
        this.say(joined);
        return this.wake();
      }
      case "leave":
        this.server.frames.push(frame);
        this.#readers.delete(room);
        return this.say({ op: "left", id, room });
      default: {
        const answer = this.server.answer(frame);
        return answer && this.say(answer);
      }
    }
  }
}
