import { make } from "./shown.js";
import { spoken, Statistics } from "./statistics.js";

/** The transports side by side, with what each has done: the choice and the comparison in one. */
export class TransportPicker {
  #cards = new Map();
  #changed = new Set();

  constructor(fieldset, transports, chosen) {
    for (const transport of transports) {
      const card = this.#card(transport);
      card.radio.addEventListener("change", () => chosen(transport));
      this.#cards.set(transport.kind, card);
      fieldset.append(card.label);
    }
    setInterval(() => this.#paint(), 250);
  }

  choose(transport) {
    this.#cards.get(transport.kind).radio.checked = true;
  }

  entry({ kind, latency, age }) {
    const { statistics } = this.#cards.get(kind);
    statistics.entries++;
    if (age === "live") {
      statistics.latency(latency);
    }
    this.#changed.add(kind);
  }

  request(kind) {
    this.#cards.get(kind).statistics.requests++;
    this.#changed.add(kind);
  }

  clear() {
    for (const [kind, card] of this.#cards) {
      card.statistics = new Statistics();
      this.#changed.add(kind);
    }
    this.#paint();
  }

  #paint() {
    for (const kind of this.#changed) {
      const { statistics, shown } = this.#cards.get(kind);
      shown.median.textContent = spoken(statistics.percentile(0.5));
      shown.worst.textContent = spoken(statistics.percentile(0.99));
      shown.entries.textContent = statistics.entries.toLocaleString("en");
      shown.requests.textContent = statistics.requests.toLocaleString("en");
    }
    this.#changed.clear();
  }

  #card({ kind, title, how }) {
    const label = make("label", "transport");
    label.dataset.kind = kind;
    const radio = make("input");
    radio.type = "radio";
    radio.name = "transport";
    radio.value = kind;
    const heading = make("span", "title", title);
    const numbers = make("span", "numbers");
    const shown = {};
    for (const [key, name] of [["median", "median"], ["worst", "99th percentile"], ["entries", "entries"], ["requests", "requests"]]) {
      const pair = make("span", "number");
      shown[key] = make("span", "value", key === "median" || key === "worst" ? "–" : "0");
      pair.append(make("span", "of", key === "worst" ? "99th %" : name), " ", shown[key]);
      pair.title = name;
      numbers.append(pair);
    }
    // The numbers change all the time; a screen reader is given the name and the manner only.
    numbers.setAttribute("aria-hidden", "true");
    label.append(radio, heading, make("span", "how", how), numbers);
    return { label, radio, shown, statistics: new Statistics() };
  }
}
