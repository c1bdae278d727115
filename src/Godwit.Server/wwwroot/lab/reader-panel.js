import { paced } from "./paced.js";
import { showState, showText, VERDICTS } from "./shown.js";

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
    showState(reading);
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
    showText(this.#get(id), text);
  }
}
