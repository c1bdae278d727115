/** ms for which a dot is seen, and ms without an arrival that are a stall while the cursor moves. */
const SEEN = 1500;
const STALL = 150;
const MOVING = 100;

const NUMBERS = [["age", "Age"], ["latency", "Median latency"], ["worst", "Worst of the last 300"], ["entries", "Entries"], ["missing", "Missing, late"], ["stalls", "Stalls, longest"]];

/** The cursor as one client sees it. */
export class Lane {
  entries = 0;
  missing = 0;
  stalls = 0;
  longest = 0;
  last = null;
  #client;
  #room;
  #dots = [];
  #latencies = [];
  #arrived = performance.now();
  #canvas = document.createElement("canvas");
  #shown = new Map();

  /**
   * @param {{name: string, title: string, client: import("/rt/client.js").Godwit, room: string}} lane
   */
  constructor({ name, title, client, room }) {
    this.name = name;
    this.#client = client;
    this.#room = client.join(room, { delivery: "latest" }); // Only where the cursor is matters, not where it was.
    this.#room.on("entry", entry => this.#take(entry));
    this.#room.on("reset", () => {
      this.last = null;
    });
    this.element = this.#make(title);
  }

  get lossy() {
    return this.#room.lossy;
  }

  get late() {
    return this.#client.counters.late;
  }

  /** Draws what is to be seen now. */
  draw() {
    const now = Date.now();
    this.#dots = this.#dots.filter(dot => now - dot.came < SEEN);
    const { width, height } = this.#canvas;
    const pen = this.#canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = getComputedStyle(this.element).getPropertyValue("--colour");
    for (const { x, y, came } of this.#dots) {
      pen.globalAlpha = 0.6 * (1 - (now - came) / SEEN);
      disc(pen, x * width, y * height, 4);
    }
    pen.globalAlpha = 1;
    if (this.last) {
      disc(pen, this.last.data.x * width, this.last.data.y * height, 9);
    }
    this.#say(now);
  }

  #take(entry) {
    const { offset, data } = entry;
    if (typeof data?.x !== "number" || typeof data.y !== "number" || typeof data.at !== "number") {
      return; // Somebody else's.
    }
    const now = performance.now();
    const gap = now - this.#arrived;
    this.#arrived = now;
    if (this.last && gap >= STALL && data.since < MOVING) {
      this.stalls++;
      this.longest = Math.max(this.longest, gap);
    }
    this.missing += this.last ? offset - this.last.offset - 1 : 0;
    this.last = entry;
    this.entries++;
    const came = Date.now();
    this.#latencies.push(Math.max(0, came - data.at));
    if (this.#latencies.length > 300) {
      this.#latencies.shift();
    }
    this.#dots.push({ x: data.x, y: data.y, came });
  }

  #say(now) {
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    const ms = value => value === undefined ? "–" : value < 10_000 ? `${Math.round(value)} ms` : "over 10 s";
    const texts = {
      age: ms(this.last ? now - this.last.data.at : undefined),
      latency: ms(sorted[sorted.length >> 1]),
      worst: ms(sorted.at(-1)),
      entries: String(this.entries),
      missing: `${this.missing}, ${this.late}`,
      stalls: this.stalls === 0 ? "0" : `${this.stalls}, ${ms(this.longest)}`,
      state: this.#client.state.name !== "open" ? this.#client.state.why ?? "Connecting" : this.lossy ? "Over UDP: what is late is left out." : "Over a connection: what is lost is waited for.",
    };
    for (const [key, text] of Object.entries(texts)) {
      const shown = this.#shown.get(key);
      if (shown.textContent !== text) {
        shown.textContent = text;
      }
    }
  }

  #make(title) {
    const section = document.createElement("section");
    section.className = "lane";
    section.dataset.lane = this.name;
    section.setAttribute("aria-label", title);
    Object.assign(this.#canvas, { width: 640, height: 320 });
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", `The cursor over ${title}. The numbers are below.`);
    const heading = document.createElement("h2");
    heading.textContent = title;
    const state = document.createElement("p");
    state.className = "note";
    this.#shown.set("state", state);
    const list = document.createElement("dl");
    for (const [key, words] of NUMBERS) {
      const pair = document.createElement("div");
      const term = document.createElement("dt");
      const value = document.createElement("dd");
      term.textContent = words;
      this.#shown.set(key, value);
      pair.append(term, value);
      list.append(pair);
    }
    section.append(heading, state, this.#canvas, list);
    return section;
  }
}

function disc(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}
