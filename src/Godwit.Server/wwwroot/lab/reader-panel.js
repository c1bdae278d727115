import { paced } from "./paced.js";

const WORDS = {
  idle: "Stopped",
  connecting: "Connecting",
  waiting: "Connection lost",
  cut: "Cut",
  refused: "Refused",
};

const VERDICTS = {
  ok: "ok",
  gap: "gap: retention was faster",
  reset: "reset: another log",
};

/** Shows where the reader stands. Painted a few times a second, however often it moves. */
export class ReaderPanel {
  requests = 0;
  #get = id => document.getElementById(id);
  #reading = null;
  #paintSoon = paced(() => this.#paint());

  request() {
    this.requests++;
    this.#paintSoon();
  }

  show(reading) {
    this.#reading = reading;
    this.#paintSoon();
  }

  clear() {
    this.requests = 0;
    this.#reading = null;
    this.#paintSoon();
  }

  #paint() {
    const reading = this.#reading;
    const state = reading?.state ?? "idle";
    const word = state === "open" ? (reading.transport.streams ? "Connected" : "Polling") : WORDS[state];
    // Only what differs is written: a status region is read aloud when it changes.
    this.#text("state-word", word);
    this.#text("state-note", reading?.note ? `, ${reading.note}` : "");
    this.#get("state").dataset.state = state;
    this.#text("cut", state === "cut" ? "Resume" : state === "refused" ? "Try again" : "Cut the connection");
    this.#text("position", reading?.position ?? "none yet");
    this.#text("verdict", VERDICTS[reading?.verdict] ?? reading?.verdict ?? "none yet");
    this.#get("verdict").dataset.verdict = reading?.verdict ?? "";
    this.#text("requests", this.requests.toLocaleString("en"));
    const { received = 0, duplicates = 0, missing = 0, announced = 0 } = reading?.ledger ?? {};
    this.#text("received", received.toLocaleString("en"));
    this.#zero("duplicates", duplicates);
    this.#zero("missing", missing);
    this.#get("announced-line").hidden = announced === 0;
    this.#text("announced", `${announced.toLocaleString("en")} ${announced === 1 ? "entry" : "entries"}`);
  }

  #zero(id, count) {
    this.#text(id, count.toLocaleString("en"));
    this.#get(id).classList.toggle("wrong", count !== 0);
  }

  #text(id, text) {
    const shown = this.#get(id);
    if (shown.textContent !== text) {
      shown.textContent = text;
    }
  }
}
