import { readSessionAddress, roomNameFault, writeSessionAddress } from "../address.js";
import { EntryList } from "../entry-list.js";
import { LatencyChart } from "../latency-chart.js";
import { paced } from "../paced.js";
import { showFault, showState, showText, verdictLine } from "../shown.js";
import { TransportPicker } from "../transport-picker.js";
import { SessionPublishPanel } from "./publish-panel.js";
import { RoomsPanel } from "./rooms-panel.js";
import { Session } from "./session.js";
import { longExchange, shortExchange } from "./transports/exchanges.js";
import { sessionStream } from "./transports/stream.js";
import { sessionWebSocket } from "./transports/web-socket.js";

const transports = [shortExchange, longExchange, sessionStream, sessionWebSocket];

/** Entries remembered for `window.lab.received()`. */
const REMEMBERED = 100_000;

const get = id => document.getElementById(id);
const list = new EntryList(get("entries"));
const chart = new LatencyChart(get("chart"));
const picker = new TransportPicker(get("transports"), transports, switchTo);
const received = [];
let entries = 0;
let requests = 0;

const showSoon = paced(show);
const session = new Session({
  changed: showSoon,
  request: kind => {
    requests++;
    picker.request(kind);
    showSoon();
  },
  entry: (entry, how) => {
    entries++;
    if (received.length < REMEMBERED) {
      received.push({ room: how.room, offset: entry.offset, kind: how.kind });
    }
    get("empty").hidden = true;
    list.entry(entry, how);
    picker.entry(how);
    if (how.age !== "history") {
      chart.add(how.kind, how.latency);
    }
  },
  verdict: (room, verdict, missing) => {
    const line = verdictLine(verdict, missing);
    if (line) {
      list.event(`${room.name}: ${line}`, "warning");
    }
  },
  lost: () => list.event("the server did not know the session’s token: this is a new session", "warning"),
  fault: showFault,
});
const rooms = new RoomsPanel(get("rooms"), leave);
const publish = new SessionPublishPanel({ session, showFault });

const asked = readSessionAddress();
const first = transports.find(each => each.kind === asked.transport) ?? sessionWebSocket;
asked.rooms.forEach(room => session.join(room));
picker.choose(first);
session.read(first);
writeAddress();

function show() {
  showState(session);
  showText(get("resumed"), session.resumed === null ? "none yet" : session.resumed ? "resumed" : "new");
  showText(get("token"), session.token ?? "none yet");
  showText(get("received"), entries.toLocaleString("en"));
  showText(get("requests"), requests.toLocaleString("en"));
  get("no-rooms").hidden = session.rooms.size > 0;
  rooms.show(session.rooms);
  publish.show();
}

function writeAddress() {
  writeSessionAddress({ rooms: [...session.rooms.keys()], transport: session.transport.kind });
}

function switchTo(transport) {
  list.event(`${session.state === "cut" ? "resumed over" : "switched to"} ${transport.title}`);
  showFault(null);
  session.read(transport);
  writeAddress();
}

function leave(room) {
  session.leave(room);
  list.event(`left ${room}`);
  writeAddress();
  get("room").focus(); // The button that had the focus is gone.
}

get("fault-close").addEventListener("click", () => showFault(null));

get("join-form").addEventListener("submit", submitted => {
  submitted.preventDefault();
  const room = get("room").value.trim();
  if (session.join(room)) {
    list.event(`joined ${room}`);
    writeAddress();
  }
  get("room").value = "";
});
get("room").addEventListener("input", () => {
  const room = get("room").value.trim();
  get("room").setCustomValidity(room === "" ? "" : roomNameFault(room) ?? "");
});

get("cut").addEventListener("click", () => {
  if (["cut", "refused"].includes(session.state)) {
    list.event(`resumed over ${session.transport.title}`);
    showFault(null);
    session.read(session.transport);
  } else {
    session.cut();
    list.event("connection cut");
  }
});

// For tests and for the curious: what the page knows, and nothing to change it with.
Object.defineProperty(window, "lab", {
  value: Object.freeze({
    get transport() { return session.transport.kind; },
    get state() { return session.state; },
    get resumed() { return session.resumed; },
    get requests() { return requests; },
    get rooms() {
      return Object.fromEntries([...session.rooms.values()].map(({ name, state, position, verdict, ledger }) => [name, {
        state, position, verdict, received: ledger.received, duplicates: ledger.duplicates, missing: ledger.missing, announced: ledger.announced,
      }]));
    },
    received: room => received.filter(each => each.room === room).map(each => ({ ...each })),
  }),
});
