import { paced } from "./paced.js";

/** How much of the past the chart shows, in ms, and its scale: 1 ms to 30 s, logarithmic. */
const SPAN = 60_000;
const LEAST = 1;
const MOST = 30_000;
const LINES = [[1, "1 ms"], [10, "10 ms"], [100, "100 ms"], [1000, "1 s"], [10_000, "10 s"]];
const POINTS = 6_000;

/** The latency of each entry of the last minute: one dot an entry, in the colour of the transport that brought it. */
export class LatencyChart {
  #canvas;
  #points = [];
  #colours = null;
  #drawSoon = paced(() => this.#paint());

  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#drawSoon()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#colours = null;
      this.#drawSoon();
    });
    // The picture moves whether entries arrive or not, at a pace that costs little.
    setInterval(() => this.#points.length > 0 && this.#drawSoon(), 100);
  }

  add(kind, latency) {
    this.#points.push({ kind, latency, at: Date.now() });
    if (this.#points.length > POINTS) {
      this.#points.splice(0, POINTS / 10);
    }
  }

  clear() {
    this.#points = [];
    this.#drawSoon();
  }

  #paint() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    const pen = this.#canvas.getContext("2d");
    pen.scale(scale, scale);
    const style = getComputedStyle(this.#canvas);
    this.#colours ??= new Map();
    const colour = name => {
      if (!this.#colours.has(name)) {
        this.#colours.set(name, style.getPropertyValue(name).trim());
      }
      return this.#colours.get(name);
    };
    const left = 56;
    const y = ms => height - 8 - (Math.log10(Math.min(Math.max(ms, LEAST), MOST)) / Math.log10(MOST)) * (height - 18);

    pen.font = `11px ${style.fontFamily}`;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const [ms, label] of LINES) {
      pen.fillStyle = colour("--quiet");
      pen.fillText(label, left - 8, y(ms));
      pen.fillStyle = colour("--line");
      pen.fillRect(left, Math.round(y(ms)), width - left, 1);
    }

    const now = Date.now();
    this.#points = this.#points.filter(point => now - point.at < SPAN);
    for (const [kind, points] of Map.groupBy(this.#points, point => point.kind)) {
      pen.fillStyle = colour(`--${kind}`);
      pen.beginPath();
      for (const { latency, at } of points) {
        const x = width - 4 - ((now - at) / SPAN) * (width - left - 4);
        pen.moveTo(x, y(latency));
        pen.arc(x, y(latency), 2.25, 0, 2 * Math.PI);
      }
      pen.fill();
    }
  }
}
