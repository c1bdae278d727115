import { entryOf, offsetOf } from "./reader.js";

/**
 * Pages of a room backwards.
 * @param {import("./session.js").Session} session
 * @param {import("./reader.js").Reader} reader
 * @param {import("./types.js").HistoryOptions} options
 * @returns {AsyncGenerator<import("./types.js").Entry[], void, void>}
 */
export async function* pagesBefore(session, reader, { limit = 100, before }) {
  let from = before;
  let floor = Infinity;
  if (from === undefined) {
    await session.whenJoined(reader);
    from = reader.first?.position;
    // Nothing has come since the room was joined, so the newest entries are those before. What is published meanwhile will come by
    // itself. (`before` the position where reading began would leave out the entry of that position.)
    floor = from === undefined && reader.begin ? offsetOf(reader.begin) : Infinity;
  }
  for (;;) {
    const { verdict, entries = [], more } = await session.ask({ op: "read", room: reader.name, limit, ...(from ? { before: from } : { last: limit }) });
    if (verdict === "reset" && from) {
      return; // Another log: there is nothing before.
    }
    const page = entries.map(entryOf).filter(entry => entry.offset <= floor);
    if (page.length > 0) {
      yield page;
    }
    const oldest = entries[0];
    // What was asked for by `last` does not say whether there is more; the oldest offset does.
    if (!oldest || (from ? !more : oldest.offset === 1)) {
      return;
    }
    from = oldest.position;
  }
}
