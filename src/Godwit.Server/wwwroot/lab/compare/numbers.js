import { spoken } from "./lane-card.js";

/** The numbers of a lane, with what they say in words. */
export function numbersOf(lane, published) {
  const { requests, up, down } = lane.costs;
  const entries = lane.ledger.received;
  const numbers = {
    median: lane.percentile(0.5),
    worst: lane.percentile(0.99),
    requests, up, down, entries,
    perEntry: entries === 0 ? null : requests / entries,
    octets: entries === 0 ? null : (up + down) / entries,
    caughtUp: lane.caughtUp,
    missing: lane.ledger.missing,
    repeated: lane.ledger.duplicates + lane.dropped,
    late: lane.late,
    gaps: lane.gaps,
    resets: lane.resets,
  };
  const words = lane.state.name === "waiting" && UNREACHED[lane.kind] || WORDS[lane.kind];
  return { ...numbers, words: words?.(numbers, published) ?? "" };
}

/** What a lane says that cannot be had. */
const noPeer = () => "No packet of the server’s came, or it has no data channels (--udp). Firefox uses no loopback addresses: open this page at another address of the machine, or in another browser.";
const UNREACHED = { datachannel: noPeer, lossy: noPeer };

const WORDS = {
  websocket: ({ entries }) => (entries === 0 ? "Waits for the first entry." : "One connection. An entry costs itself and a few octets around it, the moment it is there."),
  stream: ({ entries }) => (entries === 0 ? "Waits for the first entry." : "One request whose answer never ends. As prompt as the WebSocket; what the client sends takes requests of its own."),
  longpoll: ({ entries, perEntry }) => (entries === 0
    ? "A request is held at the server, and waits for the first entry."
    : perEntry > 0.6
      ? "Nearly every entry costs a request and an answer with their heads; what arrives between two of them waits for the second."
      : `Entries come in faster than answers go out, so that one answer brings ${(1 / perEntry).toFixed(0)} of them together.`),
  datachannel: ({ entries }) => (entries === 0 ? "Waits for the first entry." : "One request to begin with, then UDP. A packet that is lost is sent again, and what is behind it waits, as over TCP."),
  lossy: ({ entries, missing }) => (entries === 0
    ? "Waits for the first entry."
    : missing === 0
      ? "UDP, and nothing is sent twice. Nothing was lost so far: on one machine that takes more entries than the channel can carry."
      : `${missing} of ${entries + missing} entries were lost, or skipped for newer ones, and held nothing up.`),
  poll: ({ entries, requests, median }) => (entries === 0
    ? requests < 2 ? "Asks, and is told that there is nothing." : `Has asked ${requests} times and been told that there is nothing.`
    : requests > entries
      ? `Asks whether or not there is anything: ${requests - entries} of ${requests} requests brought nothing. An entry waits for the next one, ${spoken(median)} in the median.`
      : `Entries wait for the next request, ${spoken(median)} in the median.`),
};

/** The highest of the numbers that are compared by bars. */
export function highestOf(all) {
  const highest = {};
  for (const key of ["median", "perEntry", "octets"]) {
    highest[key] = Math.max(0, ...all.map(numbers => numbers[key] ?? 0));
  }
  return highest;
}
