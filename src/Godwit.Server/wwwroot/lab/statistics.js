/** Latencies kept per transport: enough for a 99th percentile that means something. */
const KEPT = 500;

/** What one transport did so far: entries, requests, and the latencies of its newest live entries, in ms. */
export class Statistics {
  entries = 0;
  requests = 0;
  #latencies = [];

  latency(ms) {
    this.#latencies.push(ms);
    if (this.#latencies.length > KEPT) {
      this.#latencies.shift();
    }
  }

  /** The latency that the given share of entries did not exceed, or null without any. */
  percentile(share) {
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }
}

/** A duration for people: “< 1 ms”, “14 ms”, “1.2 s”. */
export function spoken(ms) {
  if (ms === null) {
    return "–";
  }
  if (ms === 0) {
    return "< 1 ms";
  }
  return Math.abs(ms) < 1000 ? `${ms} ms` : Math.abs(ms) < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
