import { element, get } from "./element.js";

/** How close to the end the reader must be for the view to follow what comes, in pixels. */
const NEAR = 80;

/** Messages of one user that follow each other within this time, in ms, stand under one name. */
const TOGETHER = 5 * 60_000;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** What was said in the room, oldest first. Older messages are put before it, and the view stays where it was. */
export class Timeline {
  #scroll = get("scroll");
  #list = get("messages");
  #newest = get("newest");
  #user = null;

  constructor() {
    this.#newest.addEventListener("click", () => this.toEnd());
    this.#scroll.addEventListener("scroll", () => {
      if (this.#atEnd()) {
        this.#newest.hidden = true;
      }
    });
    // The view keeps to the end when the place for it changes: a keyboard slides in, what is being sent grows.
    new ResizeObserver(() => this.#followed && this.toEnd()).observe(this.#scroll);
  }

  #followed = true;

  begin(user) {
    this.#user = user;
    this.#list.replaceChildren();
    this.#newest.hidden = true;
    this.#followed = true;
  }

  /** Adds a message at the end. */
  add(message) {
    this.#append(this.#item(message, this.#list.lastElementChild));
  }

  /** Adds a line about the room itself at the end. */
  note(text, kind = "note") {
    this.#append(element("li", kind, text));
  }

  /** Puts older messages before all others. */
  addOlder(messages) {
    const before = this.#scroll.scrollHeight - this.#scroll.scrollTop;
    const items = [];
    for (const message of messages) {
      items.push(this.#item(message, items.at(-1)));
    }
    this.#list.prepend(...items);
    this.#scroll.scrollTop = this.#scroll.scrollHeight - before;
  }

  /** Shows the end. */
  toEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#newest.hidden = true;
    this.#followed = true;
  }

  #append(item) {
    const follow = this.#atEnd();
    this.#list.append(item);
    if (follow) {
      this.toEnd();
    } else {
      this.#newest.hidden = false;
      this.#followed = false;
    }
  }

  #atEnd() {
    this.#followed = this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < NEAR;
    return this.#followed;
  }

  #item({ from, time, text, offset }, before) {
    const at = new Date(time);
    const item = element("li", from === this.#user ? "message own" : "message", element("p", "text", text));
    item.dataset.offset = offset;
    item.dataset.from = from;
    item.dataset.time = time;
    const stamp = element("time", null, day.format(at) === day.format(new Date()) ? clock.format(at) : `${day.format(at)}, ${clock.format(at)}`);
    stamp.dateTime = at.toISOString();
    stamp.title = whole.format(at);
    item.prepend(element("p", "head", element("span", "from", from), " ", stamp));
    if (before?.dataset.from === from && time - Number(before.dataset.time) < TOGETHER) {
      item.classList.add("more");
    }
    return item;
  }
}
