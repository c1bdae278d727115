/** How much of the past the picture shows, and the least latency of its scale, in ms. */
const SPAN = 60_000;
const LEAST = 0.5;

/** Columns of the picture. Where there are more entries each column is the latest of those that fall into it, for a picture costs by its points. */
const COLUMNS = 240;

/** Lines that are told apart without their colours. */
const DASHES = { websocket: [], stream: [8, 3], longpoll: [3, 3], poll: [12, 3, 3, 3], datachannel: [2, 2], lossy: [1, 5] };

const POWERS = new Map([[1, "1 ms"], [10, "10 ms"], [100, "100 ms"], [1000, "1 s"], [10_000, "10 s"], [100_000, "100 s"]]);

/** The latency of each entry over each transport: one line a transport, one point an entry, at the time when it was published. */
export class LatencyPlot {
  #lanes;
  #place;
  #plot = null;
  /** By offset: when it was published, and its latency in each lane. */
  #entries = new Map();
  #painted = false;

  constructor(place, lanes) {
    this.#place = place;
    this.#lanes = lanes;
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#begin());
    this.#begin();
    setInterval(() => this.#paint(), 250);
  }

  arrived(lane, entry, sent, latency) {
    const entries = this.#entries;
    if (!entries.has(entry.offset)) {
      entries.set(entry.offset, { sent, latencies: this.#lanes.map(() => null) });
    }
    entries.get(entry.offset).latencies[this.#lanes.indexOf(lane)] = Math.max(LEAST, latency);
  }

  clear() {
    this.#entries.clear();
    this.#paint();
  }

  #size() {
    return { width: this.#place.clientWidth, height: this.#place.clientHeight };
  }

  #begin() {
    this.#plot?.destroy();
    const style = getComputedStyle(this.#place);
    const colour = name => style.getPropertyValue(name).trim();
    const font = `11px ${style.fontFamily}`;
    const grid = { stroke: colour("--line"), width: 1 };
    const axis = { stroke: colour("--quiet"), font, grid, ticks: { show: false } };
    const powers = (_, splits) => splits.map(ms => (POWERS.has(ms) ? ms : null));
    this.#plot = new globalThis.uPlot({
      ...this.#size(),
      padding: [8, 14, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: () => [-SPAN / 1000, 0] },
        y: { distr: 3, log: 10, range: (_, __, most) => [LEAST, 10 ** Math.max(2, Math.ceil(Math.log10((most ?? 100) * 1.01)))] },
      },
      axes: [
        { ...axis, size: 28, values: (_, splits) => splits.map(seconds => (seconds === 0 ? "now" : `${seconds} s`)) },
        { ...axis, grid: { ...grid, filter: powers }, size: 56, values: (_, splits) => splits.map(ms => POWERS.get(ms) ?? ""), filter: powers },
      ],
      series: [{}, ...this.#lanes.map(lane => ({
        stroke: colour(`--${lane.kind}`),
        width: 1.5,
        dash: DASHES[lane.kind],
        spanGaps: true,
        points: { show: true, size: 4, fill: colour(`--${lane.kind}`), stroke: colour(`--${lane.kind}`), width: 0 },
      }))],
    }, this.#data(), this.#place);
  }

  #paint() {
    if (!document.hidden && (this.#entries.size > 0 || this.#painted)) {
      this.#painted = this.#entries.size > 0;
      this.#plot.setData(this.#data());
    }
  }

  /** What the picture is drawn of: times before now, in seconds, and a row of latencies for each lane. */
  #data() {
    const now = Date.now();
    for (const [offset, { sent }] of this.#entries) {
      if (now - sent > SPAN + 5_000) {
        this.#entries.delete(offset);
      }
    }
    let columns = [...this.#entries.values()].sort((a, b) => a.sent - b.sent);
    if (columns.length > COLUMNS) {
      columns = thinned(columns);
    }
    return [columns.map(({ sent }) => (sent - now) / 1000), ...this.#lanes.map((_, lane) => columns.map(({ latencies }) => latencies[lane]))];
  }
}

/** One column for all entries of a short time, with the highest latency of each lane. */
function thinned(entries) {
  const width = SPAN / COLUMNS;
  const columns = [];
  for (const { sent, latencies } of entries) {
    const begin = Math.floor(sent / width) * width;
    if (columns.at(-1)?.sent === begin) {
      const column = columns.at(-1).latencies;
      latencies.forEach((latency, lane) => {
        column[lane] = latency === null ? column[lane] : Math.max(column[lane] ?? 0, latency);
      });
    } else {
      columns.push({ sent: begin, latencies: [...latencies] });
    }
  }
  return columns;
}
