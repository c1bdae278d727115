import { readAddress, roomNameFault, roomUrl, writeAddress } from "./address.js";
import { EntryList } from "./entry-list.js";
import { EventNames } from "./event-names.js";
import { Fault } from "./fault.js";
import { LatencyChart } from "./latency-chart.js";
import { Reading } from "./reading.js";
import { ReaderPanel } from "./reader-panel.js";
import { PublishPanel } from "./publish-panel.js";
import { showFault, verdictLine } from "./shown.js";
import { TransportPicker } from "./transport-picker.js";
import { httpStreaming } from "./transports/http-streaming.js";
import { longPolling } from "./transports/long-polling.js";
import { serverSentEvents } from "./transports/server-sent-events.js";
import { shortPolling } from "./transports/short-polling.js";
import { webSocket } from "./transports/web-socket.js";

const transports = [shortPolling, longPolling, serverSentEvents, httpStreaming, webSocket];

/** Entries remembered for `window.lab.received()`. */
const REMEMBERED = 100_000;

const get = id => document.getElementById(id);
const names = new EventNames();
const list = new EntryList(get("entries"));
const chart = new LatencyChart(get("chart"));
const panel = new ReaderPanel();
const picker = new TransportPicker(get("transports"), transports, switchTo);
const publish = new PublishPanel({ names, room: () => reading.room, showFault });
let reading = null;
let received = [];

open(readAddress());

function open({ room, transport }) {
  reading?.close();
  received = [];
  list.clear();
  chart.clear();
  picker.clear();
  panel.clear();
  showFault(null);
  const fault = roomNameFault(room);
  get("room").value = room;
  get("room").setCustomValidity(fault ?? "");
  if (fault) {
    showFault(new Fault(fault, { code: "room.invalid" }));
    return;
  }
  const chosen = transports.find(each => each.kind === transport) ?? reading?.transport ?? serverSentEvents;
  reading = new Reading(room, names, observerOf(() => reading));
  document.title = `${room} · Godwit lab`;
  get("curl").textContent = `curl --json '{"text":"hello"}' ${roomUrl(room)}`;
  get("empty").hidden = false;
  picker.choose(chosen);
  writeAddress({ room, transport: chosen.kind });
  reading.read(chosen);
  publish.roomChanged();
}

function observerOf(current) {
  const observer = {
    changed: () => panel.show(current()),
    request: kind => {
      panel.request();
      picker.request(kind);
    },
    entry: (entry, how) => {
      if (received.length < REMEMBERED) {
        received.push({ offset: entry.offset, kind: how.kind });
      }
      get("empty").hidden = true;
      list.entry(entry, how);
      picker.entry(how);
      if (how.age !== "history") {
        chart.add(how.kind, how.latency);
      }
      panel.show(current());
    },
    verdict: (verdict, missing) => {
      const line = verdictLine(verdict, missing);
      if (line) {
        list.event(line, "warning");
      }
    },
    fault: showFault,
  };
  return observer;
}

function switchTo(transport) {
  if (!reading) {
    return;
  }
  list.event(`${reading.state === "cut" ? "resumed over" : "switched to"} ${transport.title}`);
  writeAddress({ room: reading.room, transport: transport.kind });
  showFault(null);
  reading.read(transport);
}

get("fault-close").addEventListener("click", () => showFault(null));

get("room-form").addEventListener("submit", submitted => {
  submitted.preventDefault();
  open({ room: get("room").value.trim() });
});
get("room").addEventListener("input", () => {
  get("room").setCustomValidity(roomNameFault(get("room").value.trim()) ?? "");
});

get("cut").addEventListener("click", () => {
  if (!reading) {
    return;
  }
  if (["cut", "refused"].includes(reading.state)) {
    list.event(`resumed over ${reading.transport.title}`);
    showFault(null);
    reading.read(reading.transport);
  } else {
    reading.cut();
    list.event("connection cut");
  }
});

// For tests and for the curious: what the page knows, and nothing to change it with.
Object.defineProperty(window, "lab", {
  value: Object.freeze({
    get room() { return reading?.room ?? null; },
    get transport() { return reading?.transport?.kind ?? null; },
    get state() { return reading?.state ?? "idle"; },
    get position() { return reading?.position ?? null; },
    get verdict() { return reading?.verdict ?? null; },
    get counts() {
      const { received: entries = 0, duplicates = 0, missing = 0, announced = 0 } = reading?.ledger ?? {};
      return { received: entries, duplicates, missing, announced, requests: panel.requests };
    },
    received: () => received.map(each => ({ ...each })),
  }),
});
