/**
 * What the page does with an entry, by its event. `from`, `time` and `offset` are the server's; `data` is whatever a client sent, so
 * each route looks at what it takes.
 */
const routes = {
  message(entry, timeline) {
    if (typeof entry.data?.text === "string") {
      timeline.add({ ...entry, from: entry.from ?? "the server", text: entry.data.text });
    } else {
      unsupported(entry, timeline);
    }
  },
};

/** Hands an entry to the route of its event. */
export function route(entry, timeline) {
  (Object.hasOwn(routes, entry.event) ? routes[entry.event] : unsupported)(entry, timeline);
}

/** A page of older entries, as the timeline takes it. Only messages are shown of the past. */
export function messagesOf(entries) {
  return entries
    .filter(entry => entry.event === "message" && typeof entry.data?.text === "string")
    .map(entry => ({ ...entry, from: entry.from ?? "the server", text: entry.data.text }));
}

function unsupported(entry, timeline) {
  timeline.note(`${entry.from ?? "The server"} sent something that this page does not know: “${entry.event}”.`);
}
