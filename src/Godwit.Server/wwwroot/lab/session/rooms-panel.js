import { paced } from "../paced.js";
import { make, showText, VERDICTS } from "../shown.js";

const TERMS = [
  ["position", "Position"],
  ["verdict", "Verdict"],
  ["received", "Entries"],
  ["repeated", "Repeated"],
  ["missing", "Missing"],
  ["announced", "Taken by retention"],
];

/** The rooms of the session, each with its position, verdict and counts, and a button to leave it. */
export class RoomsPanel {
  #list;
  #leave;
  #cards = new Map();
  #rooms = new Map();
  #paintSoon = paced(() => this.#paint());

  constructor(list, leave) {
    this.#list = list;
    this.#leave = leave;
  }

  show(rooms) {
    this.#rooms = rooms;
    this.#paintSoon();
  }

  #paint() {
    for (const [name, { card }] of this.#cards) {
      if (!this.#rooms.has(name)) {
        card.remove();
        this.#cards.delete(name);
      }
    }
    for (const room of this.#rooms.values()) {
      if (!this.#cards.has(room.name)) {
        const made = this.#card(room.name);
        this.#cards.set(room.name, made);
        this.#list.append(made.card);
      }
      this.#fill(this.#cards.get(room.name), room);
    }
  }

  #fill({ card, shown }, { state, position, verdict, ledger, fault }) {
    card.dataset.state = state;
    showText(shown.state, state === "refused" ? `${fault.message} ${fault.code}` : state === "joining" ? "joining" : "");
    showText(shown.position, position ?? "none yet");
    showText(shown.verdict, VERDICTS[verdict] ?? "none yet");
    shown.verdict.dataset.verdict = verdict ?? "";
    for (const [key, count] of Object.entries({ received: ledger.received, repeated: ledger.duplicates, missing: ledger.missing, announced: ledger.announced })) {
      showText(shown[key], count.toLocaleString("en"));
    }
    shown.repeated.classList.toggle("wrong", ledger.duplicates !== 0);
    shown.missing.classList.toggle("wrong", ledger.missing !== 0);
    shown.announced.parentElement.hidden = ledger.announced === 0;
  }

  #card(name) {
    const card = make("li", "of-session");
    card.dataset.room = name;
    const heading = make("h3", "", name);
    const leave = make("button", "plain", "Leave");
    leave.type = "button";
    leave.setAttribute("aria-label", `Leave ${name}`);
    leave.addEventListener("click", () => this.#leave(name));
    const list = make("dl");
    const shown = { state: make("p", "note") };
    for (const [key, term] of TERMS) {
      const pair = make("div", key === "repeated" || key === "missing" ? "must-be-zero" : "");
      shown[key] = make("dd", key);
      pair.append(make("dt", "", term), shown[key]);
      list.append(pair);
    }
    card.append(heading, leave, shown.state, list);
    return { card, shown };
  }
}
