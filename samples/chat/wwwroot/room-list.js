import { element, get } from "./element.js";

/** The rooms there are to choose from. Which one is open is the fragment of the address, so links, history and reloading work. */
export class RoomList {
  #names;

  /** @param {(name: string) => void} chosen told which room is to be open */
  constructor(names, chosen) {
    this.#names = [...names];
    addEventListener("hashchange", () => chosen(this.current));
    get("open-form").addEventListener("submit", submitted => {
      submitted.preventDefault();
      location.hash = get("open").value.trim();
      get("open").value = "";
    });
  }

  /** The room that the address names; the first of the list where it names none. */
  get current() {
    const named = location.hash.slice(1);
    return /^[a-z0-9-]{1,32}$/.test(named) ? named : this.#names[0] ?? "general";
  }

  show() {
    const { current } = this;
    if (!this.#names.includes(current)) {
      this.#names.push(current);
    }
    get("rooms").replaceChildren(...this.#names.map(name => {
      const link = element("a", null, `#${name}`);
      link.href = `#${name}`;
      if (name === current) {
        link.setAttribute("aria-current", "page");
      }
      return element("li", null, link);
    }));
  }
}
