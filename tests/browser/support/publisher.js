import { setTimeout as pause } from "node:timers/promises";

/** Publishes one entry and returns its offset. */
export async function publish(server, room, data, event = "message") {
  const response = await fetch(`${server}/rt/rooms/${room}?event=${event}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(data),
  });
  if (response.status !== 201) {
    throw new Error(`A publish was answered ${response.status}: ${await response.text()}`);
  }
  return Number((await response.json()).position.split("-")[1]);
}

/** Publishes an entry every so many ms until it is stopped, and keeps what the server acknowledged. */
export class Publisher {
  /** The data of every acknowledged entry, by offset. */
  acknowledged = new Map();
  #stopped = false;
  #running;

  constructor(server, room, every = 20) {
    this.room = room;
    this.#running = this.#run(server, room, every);
  }

  get last() {
    return Math.max(0, ...this.acknowledged.keys());
  }

  /** Waits until so many more entries are acknowledged. */
  async more(count) {
    const wanted = this.acknowledged.size + count;
    while (this.acknowledged.size < wanted) {
      await Promise.race([pause(5), this.#running]);
    }
  }

  /** Stops; every publish under way has been answered when it returns. */
  async stop() {
    this.#stopped = true;
    await this.#running;
  }

  async #run(server, room, every) {
    const started = performance.now();
    for (let n = 0; !this.#stopped; n++) {
      const data = { n, text: `entry ${n} – “ü”`, at: Math.random() };
      this.acknowledged.set(await publish(server, room, data), JSON.stringify(data));
      await pause(Math.max(0, started + n * every - performance.now()));
    }
  }
}
