import { make, showText } from "../shown.js";

const STATES = {
  idle: "Not begun", connecting: "Connecting", open: "Connected", degraded: "Connected, the store is away", waiting: "Connection lost",
  closed: "Closed", cut: "Cut", paused: "Reading paused",
};

/** One transport's numbers, in the same places for all of them, with bars that compare them. */
export class LaneCard {
  #lane;
  #shown = {};

  constructor(lane) {
    this.#lane = lane;
    const card = make("article", "lane");
    card.dataset.kind = lane.kind;
    card.setAttribute("aria-label", lane.title);
    const title = make("h3", "", lane.title);
    title.id = `lane-${lane.kind}`;
    card.append(title, make("p", "how note", lane.how), this.#state());
    const numbers = make("dl", "lane-numbers");
    for (const [key, title, barred] of [
      ["median", "Median latency", true], ["worst", "99th percentile"],
      ["perEntry", "Requests per entry", true], ["requests", "Requests"],
      ["octets", "Octets per entry", true], ["traffic", "Sent, received"],
      ["entries", "Entries"], ["caughtUp", "Caught up"], ["missing", lane.loses ? "Missing, came late" : "Missing, repeated"], ["gaps", "Gaps, resets"],
    ]) {
      numbers.append(this.#number(key, title, barred));
    }
    card.append(numbers, make("p", "words"), this.#buttons());
    this.#shown.words = card.querySelector(".words");
    this.element = card;
  }

  /** Shows the lane as it is now. `most` has the highest of each number that has a bar, over all lanes. */
  paint(numbers, most) {
    const { state } = this.#lane;
    this.element.dataset.state = state.name;
    showText(this.#shown.state, STATES[state.name]);
    showText(this.#shown.stateNote, state.name === "waiting" || state.name === "closed" ? state.why ?? "" : "");
    this.#paintButtons();
    for (const [key, value] of Object.entries(textsOf(numbers, this.#lane.loses))) {
      showText(this.#shown[key], value);
    }
    for (const key of ["median", "perEntry", "octets"]) {
      const share = numbers[key] === null || !most[key] ? 0 : numbers[key] / most[key];
      this.#shown[`${key}Bar`].style.setProperty("--share", String(share));
    }
    this.#shown.missing.classList.toggle("wrong", !this.#lane.loses && numbers.missing + numbers.repeated > 0);
  }

  #paintButtons() {
    showText(this.#shown.cut, this.#lane.cut ? "Resume" : "Cut");
    showText(this.#shown.pause, this.#lane.paused ? "Go on" : "Pause");
    this.#shown.pause.disabled = this.#lane.cut;
    this.#shown.cut.disabled = this.#lane.paused;
  }

  #state() {
    const line = make("p", "lane-state");
    this.#shown.state = make("span", "");
    this.#shown.state.setAttribute("role", "status");
    this.#shown.stateNote = make("span", "note");
    line.append(this.#shown.state, " ", this.#shown.stateNote);
    return line;
  }

  #number(key, title, barred) {
    const pair = make("div", barred ? "barred" : "");
    this.#shown[key] = make("dd", "", "–");
    pair.append(make("dt", "", title), this.#shown[key]);
    if (barred) {
      this.#shown[`${key}Bar`] = make("span", "bar");
      pair.append(this.#shown[`${key}Bar`]);
    }
    return pair;
  }

  #buttons() {
    const buttons = make("p", "buttons");
    for (const [key, pressed] of [["cut", () => this.#lane.toggleCut()], ["pause", () => this.#lane.togglePause()]]) {
      const button = make("button");
      button.type = "button";
      button.dataset.action = key;
      button.setAttribute("aria-describedby", `lane-${this.#lane.kind}`);
      button.addEventListener("click", () => {
        pressed();
        this.#paintButtons(); // At once: the other one may be pressed before the card is painted again.
      });
      this.#shown[key] = button;
      buttons.append(button);
    }
    return buttons;
  }
}

function textsOf(numbers, loses) {
  const whole = n => n.toLocaleString("en");
  return {
    median: spoken(numbers.median),
    worst: spoken(numbers.worst),
    perEntry: numbers.perEntry === null ? "–" : numbers.perEntry.toFixed(2),
    requests: whole(numbers.requests),
    octets: numbers.octets === null ? "–" : whole(Math.round(numbers.octets)),
    traffic: `${octets(numbers.up)}, ${octets(numbers.down)}`,
    entries: whole(numbers.entries),
    caughtUp: whole(numbers.caughtUp),
    missing: loses
      ? `${whole(numbers.missing)} (${percent(numbers.missing, numbers.missing + numbers.entries)}), ${whole(numbers.late)}`
      : `${whole(numbers.missing)}, ${whole(numbers.repeated)}`,
    gaps: `${whole(numbers.gaps)}, ${whole(numbers.resets)}`,
    words: numbers.words,
  };
}

function percent(part, all) {
  return all === 0 ? "0 %" : `${((100 * part) / all).toFixed(part > 0 && part / all < 0.1 ? 1 : 0)} %`;
}

/** A duration in as many digits as mean something. */
export function spoken(ms) {
  return ms === null ? "–" : ms < 9.95 ? `${ms.toFixed(1)} ms` : ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function octets(n) {
  return n < 1000 ? `${n} B` : n < 999_500 ? `${(n / 1000).toFixed(n < 9_950 ? 1 : 0)} kB` : `${(n / 1_000_000).toFixed(1)} MB`;
}
