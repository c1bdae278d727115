import { mountUrl, readAddress, roomNameFault, writeAddress } from "../address.js";
import { showFault } from "../shown.js";
import { faultOf, Lane } from "./lane.js";
import { LaneCard } from "./lane-card.js";
import { LatencyPlot } from "./latency-plot.js";
import { Load, sentAt } from "./load.js";
import { showMembers } from "./members.js";
import { measureHead } from "./meter.js";
import { highestOf, numbersOf } from "./numbers.js";

const TRANSPORTS = [
  { kind: "websocket", title: "WebSocket", how: "one connection, both ways" },
  { kind: "stream", title: "Session stream", how: "one request, an endless answer" },
  { kind: "longpoll", title: "Long polling", how: "requests that the server holds" },
  { kind: "poll", title: "Short polling", how: "requests at intervals" },
  { kind: "datachannel", title: "Data channel", how: "UDP, and everything in order" },
  { kind: "lossy", title: "Lossy data channel", how: "UDP, and only the newest", loses: true },
];

const get = id => document.getElementById(id);

const url = mountUrl();
const { Godwit } = await import(`${url}/client.js`);
const lanes = TRANSPORTS.map(transport => new Lane(transport, Godwit, {
  sentAt,
  arrived: (lane, entry, sent, latency) => plot.arrived(lane, entry, sent, latency),
  fault: showFault,
}));
const plot = new LatencyPlot(get("plot"), lanes);
const cards = lanes.map(lane => new LaneCard(lane));
get("lanes").append(...cards.map(card => card.element));
const load = new Load((event, data) => publisher.publish(room, event, data), showFault);
let room = null;
let token = "";
let publisher = null;

await measureHead().catch(() => null);
open(readAddress().room);
setInterval(paint, 250);

/** Opens a room in every lane. A client of its own publishes, and is told of the members. */
function open(name) {
  load.stop();
  showFault(null);
  const fault = roomNameFault(name);
  get("room").value = name;
  get("room").setCustomValidity(fault ?? "");
  if (fault) {
    showFault(faultOf({ code: "room.invalid", why: fault }));
    return;
  }
  room = name;
  writeAddress({ room });
  document.title = `${room} · Godwit lab`;
  const before = publisher;
  publisher = new Godwit(url, { remember: false, ...(token && { token }) });
  before?.close();
  lanes.forEach(lane => lane.close());
  load.clear();
  plot.clear();
  begin();
}

/** Finds out whether the room keeps a list of its members, which its policy says, and begins the lanes accordingly. */
function begin() {
  const current = publisher;
  const joined = current.join(room, { present: false });
  let begun = false;
  const start = present => {
    if (!begun && publisher === current) {
      begun = true;
      lanes.forEach(lane => lane.open({ url, room, token, present }));
    }
  };
  showMembers(null);
  joined.on("entry", () => {});
  joined.on("members", members => publisher === current && showMembers(members));
  joined.on("state", state => {
    if (state.name === "open") {
      start(true);
    } else if (state.name === "closed" && current.state.name !== "closed") {
      // The room alone is closed to this page, or keeps no list of members, or tells it to others.
      if (state.code !== "presence.off" && state.code !== "access.denied") {
        showFault(faultOf(state));
      }
      start(false);
    }
  });
  current.on("state", state => {
    if (state.name === "closed" && publisher === current) {
      const asks = state.code === "credential.missing" || state.code?.startsWith("token.");
      showFault(faultOf(state, asks ? "Give a token above." : ""));
      get("access").open ||= asks;
    }
  });
}

function paint() {
  const numbers = lanes.map(lane => numbersOf(lane));
  const highest = highestOf(numbers);
  cards.forEach((card, index) => card.paint(numbers[index], highest));
}

get("fault-close").addEventListener("click", () => showFault(null));
get("room-form").addEventListener("submit", submitted => {
  submitted.preventDefault();
  open(get("room").value.trim());
});
get("room").addEventListener("input", () => get("room").setCustomValidity(roomNameFault(get("room").value.trim()) ?? ""));
get("token-form").addEventListener("submit", submitted => {
  submitted.preventDefault();
  token = get("token").value.trim();
  open(room ?? get("room").value.trim());
});
get("clear").addEventListener("click", () => {
  lanes.forEach(lane => lane.clear());
  load.clear();
  plot.clear();
  paint();
});

// For tests and for the curious: what the page knows, and nothing to change it with.
Object.defineProperty(window, "lab", {
  value: Object.freeze({
    get room() { return room; },
    get published() { return load.published; },
    get waiting() { return load.waiting; },
    get lanes() {
      return Object.fromEntries(lanes.map(lane => [lane.kind, { state: lane.state.name, transport: lane.transport, position: lane.position, ...numbersOf(lane) }]));
    },
    received: kind => [...lanes.find(lane => lane.kind === kind).offsets],
  }),
});
