/** @typedef {import("./types.js").Member} Member */

/** Who is in a room, as far as it was told. */
export class Roster {
  /** @type {Map<string, Member>} */
  #members = new Map();
  #count = 0;
  #complete = true;
  /** This session among them, where it is a member. @type {string | undefined} */
  self;

  /** @returns {import("./types.js").Members} */
  get members() {
    return { count: this.#count, members: [...this.#members.values()], complete: this.#complete };
  }

  /** @param {import("./types.js").Frame} frame */
  take({ count = 0, members, sample, changed = [], left = [], cursor }) {
    const all = members ?? sample;
    if (all) {
      this.#members = new Map(all.map(member => [member.session, member]));
      this.#complete = !sample && cursor === undefined;
    }
    changed.forEach(member => this.#members.set(member.session, member));
    left.forEach(session => this.#members.delete(session));
    this.#count = count;
  }
}
