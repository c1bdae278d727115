import { make } from "../shown.js";

/** Shows who is in the room; null where nobody was told of. */
export function showMembers(told) {
  const get = id => document.getElementById(id);
  const members = told?.members ?? [];
  get("member-count").textContent = told ? String(told.count) : "";
  get("no-members").hidden = members.length > 0;
  get("no-members").textContent = told
    ? "Nobody is a member now."
    : "This room keeps no list of its members, or they are not told to you. A room does if its policy has presence.enabled.";
  get("members").replaceChildren(...members.map(({ session, user, state }) => {
    const item = make("li", "");
    item.append(make("strong", "", user ?? "without a name"), " ", make("span", "", state?.lane ?? ""), " ", make("code", "note", session.slice(0, 8)));
    return item;
  }));
}
