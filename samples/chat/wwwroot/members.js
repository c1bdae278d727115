import { element, get } from "./element.js";

/** Who is in the room. A user who is there in several windows is shown once. */
export class MemberList {
  #user;

  begin(user) {
    this.#user = user;
  }

  clear() {
    this.show({ count: 0, members: [], complete: true });
  }

  show({ count, members, complete }) {
    const users = new Map();
    for (const { user = "somebody", state } of members) {
      users.set(user, users.get(user) || state?.typing === true);
    }
    const names = [...users.keys()].sort((a, b) => a.localeCompare(b));
    get("members").replaceChildren(...names.map(name => {
      const item = element("li", users.get(name) ? "typing" : null, element("span", "name", name));
      item.dataset.user = name;
      if (name === this.#user) {
        item.append(" ", element("span", "quiet", "you"));
      }
      return item;
    }));
    get("member-count").textContent = complete ? String(names.length || "") : `${count}, of whom some are shown`;
    const writing = names.filter(name => name !== this.#user && users.get(name));
    get("typing").textContent = writing.length === 0 ? "" : writing.length === 1 ? `${writing[0]} is writing…` : `${writing.length} people are writing…`;
  }
}
