import { now } from "./lane.js";

/** What the sliders choose from: entries a second, and octets of each entry's data. */
const RATES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 40, 45, 50];
const SIZES = [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768];
const BURST = 100;

const page = Math.random().toString(36).slice(2, 10);
const get = id => document.getElementById(id);

/** When an entry was published, by this page's clock: what this page published says so itself, all else has the server's time. */
export function sentAt(entry) {
  return entry.data?.page === page && typeof entry.data.at === "number" ? entry.data.at : entry.time;
}

/** Publishes at a rate, over a connection of its own. */
export class Load {
  published = 0;
  #publish;
  #fault;
  #number = 0;
  #waiting = 0;
  #timer = null;
  #due = 0;

  /**
   * @param {(event: string, data: object) => Promise<string>} publish
   * @param {(fault: Error | null) => void} fault told when a publish is refused
   */
  constructor(publish, fault) {
    this.#publish = publish;
    this.#fault = fault;
    get("load-form").addEventListener("submit", submitted => {
      submitted.preventDefault();
      if (this.running) {
        this.stop();
      } else {
        this.#start();
      }
    });
    get("load-form").addEventListener("input", () => this.#describe());
    get("one").addEventListener("click", () => this.#one());
    get("burst").addEventListener("click", () => {
      for (let n = 0; n < BURST; n++) {
        this.#one();
      }
    });
    this.#describe();
  }

  /** How many publishes have no answer yet. */
  get waiting() {
    return this.#waiting;
  }

  get running() {
    return this.#timer !== null;
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#show("Start", false);
  }

  clear() {
    this.published = 0;
    this.#say();
  }

  #start() {
    this.#due = now();
    this.#timer = setInterval(() => this.#tick(), 10);
    this.#tick();
    this.#show("Stop", true);
  }

  // A page in the background gets its timers late: what was due meanwhile is left out, not made up for.
  #tick() {
    const every = 1000 / this.#rate;
    if (now() >= this.#due) {
      this.#due = Math.max(this.#due + every, now() - every);
      this.#one();
    }
  }

  async #one() {
    const data = { n: ++this.#number, page, at: now(), pad: "" };
    data.pad = "x".repeat(Math.max(0, SIZES[get("size").value] - JSON.stringify(data).length));
    this.#waiting++;
    try {
      await this.#publish("tick", data);
      this.published++;
    } catch (fault) {
      if (fault.code !== "client.closed") {
        this.stop();
        this.#fault(fault);
      }
    } finally {
      this.#waiting--;
      this.#say();
    }
  }

  get #rate() {
    return RATES[get("rate").value];
  }

  #say() {
    const shown = `${this.published.toLocaleString("en")} published${this.#waiting > 3 ? `, ${this.#waiting} on their way` : ""}.`;
    get("published").textContent = this.published + this.#waiting === 0 ? "Nothing published yet." : shown;
  }

  #describe() {
    const size = SIZES[get("size").value];
    get("rate-shown").textContent = String(this.#rate);
    get("size-shown").textContent = size < 1024 ? `${size} B` : `${size / 1024} KiB`;
    get("rate").setAttribute("aria-valuetext", `${this.#rate} a second`);
    get("size").setAttribute("aria-valuetext", get("size-shown").textContent);
  }

  #show(text, pressed) {
    get("start").textContent = text;
    get("start").setAttribute("aria-pressed", String(pressed));
  }
}
