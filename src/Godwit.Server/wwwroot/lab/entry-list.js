import { paced } from "./paced.js";
import { make } from "./shown.js";
import { spoken } from "./statistics.js";

/** Rows kept on the page, and characters shown of an entry. */
const ROWS = 200;
const SHOWN = 600;

/** The newest entries, newest first, with what happened to the reader between them. */
export class EntryList {
  #list;
  #waiting = [];
  #drawSoon = paced(() => this.#draw());

  constructor(list) {
    this.#list = list;
  }

  entry(entry, how) {
    this.#add({ entry, how });
  }

  /** Something that happened to the reader, as a line between entries. */
  event(text, kind = "") {
    this.#add({ text, kind });
  }

  clear() {
    this.#waiting = [];
    this.#list.replaceChildren();
  }

  // Rows are made in batches, so that a hundred entries a second cost no more layouts than ten.
  #add(row) {
    this.#waiting.push(row);
    if (this.#waiting.length > ROWS) {
      this.#waiting.shift();
    }
    this.#drawSoon();
  }

  #draw() {
    const rows = this.#waiting.map(row => (row.entry ? entryRow(row) : eventRow(row))).reverse();
    this.#waiting = [];
    this.#list.prepend(...rows);
    while (this.#list.children.length > ROWS) {
      this.#list.lastElementChild.remove();
    }
  }
}

function entryRow({ entry, how }) {
  const row = make("li", "entry");
  row.dataset.offset = entry.offset;
  row.dataset.kind = how.kind;
  row.dataset.age = how.age;
  const latency = make("span", "latency", how.age === "history" ? "earlier" : spoken(how.latency));
  latency.title = {
    history: `Published ${new Date(entry.time).toLocaleString()}, before this page joined.`,
    "caught up": "Waited in the log while this page was away, then caught up.",
    live: "From the server’s clock at the append to this page’s clock at the arrival.",
  }[how.age];
  const data = make("span", "data", textOf(entry));
  row.append(make("span", "offset", String(entry.offset)), latency, make("span", "name", entry.event), data);
  if (how.room) {
    row.dataset.room = how.room;
    row.querySelector(".name").before(make("span", "of-room", how.room));
  }
  if (how.duplicate) {
    row.classList.add("wrong");
    row.append(make("strong", "mark", "repeated"));
  }
  return row;
}

function eventRow({ text, kind }) {
  return make("li", `event ${kind}`.trim(), text);
}

function textOf(entry) {
  const text = entry.bytes === undefined ? JSON.stringify(entry.data) : `${entry.bytes} (base64)`;
  return text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text;
}
