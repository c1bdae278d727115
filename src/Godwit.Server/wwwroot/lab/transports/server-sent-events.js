import { roomUrl } from "../address.js";
import { whyRefused } from "../fault.js";
import { beginning, take } from "./frames.js";
import { poll } from "./poll.js";

/**
 * The browser's own EventSource, which reconnects by itself and then sends the id of the last event that it saw.
 *
 * Two of its traits shape this module. It hands a page only those events that the page listens for by name; so when the
 * offsets show that an unknown name went by, the hole is read with a poll and the names in it are listened for from then
 * on. An entry in such a hole whose name *was* listened for is a loss, and is reported as one. And it does not show the
 * id of a stream's first block, which has no data; so a reader that has no position yet gets one by a poll.
 */
export const serverSentEvents = {
  kind: "sse",
  title: "Server-sent events",
  how: "EventSource",
  streams: true,

  async read(reader) {
    let from = reader.from;
    if (!from.after) {
      ({ next: from } = await poll(reader));
    }
    while (!reader.signal.aborted) {
      from = await listenUntilHole({ ...reader, from });
      if (from) {
        from = await readHole({ ...reader, from });
      }
    }
  },
};

/** Reads until the reader stops, or until an entry shows that others went by unheard: returns the position and the offset that they lie between. */
function listenUntilHole({ room, from, on, signal, names }) {
  return new Promise((resolve, reject) => {
    const url = roomUrl(room, beginning(from, { full: "1" }));
    const source = new EventSource(url);
    const heard = new Set();
    let at = from.after;
    let offset = on.offset();
    let done = false;
    on.request();

    const finish = (settle, value) => {
      if (!done) {
        done = true;
        source.close();
        names.stop(listen);
        settle(value);
      }
    };
    const hear = event => {
      if (done || signal.aborted) {
        return;
      }
      const frame = JSON.parse(event.data);
      if (frame.op !== "entry") {
        take(frame, on);
        at = frame.position ?? at;
        offset = on.offset();
        return;
      }
      if (offset !== null && frame.offset > offset + 1) {
        finish(resolve, { after: at, before: frame.offset });
        return;
      }
      take(frame, on);
      at = frame.position;
      offset = frame.offset;
    };
    const listen = name => {
      if (!heard.has(name)) {
        heard.add(name);
        source.addEventListener(name, hear);
      }
    };
    source.addEventListener("godwit", hear);
    names.each(listen);
    source.onopen = () => {
      on.verdict("ok"); // Any other stands in the first block, which follows.
      on.open();
    };
    source.onerror = async () => {
      if (done || signal.aborted) {
        return;
      }
      if (source.readyState === EventSource.CONNECTING) {
        on.lost("EventSource reconnects by itself");
        on.request();
      } else {
        finish(reject, await whyRefused(url, "text/event-stream", signal));
      }
    };
    signal.addEventListener("abort", () => finish(resolve, null));
  });
}

/** Reads the hole with a poll, learns the event names met, and reports what EventSource should have heard. */
async function readHole(reader) {
  const known = new Set(reader.names.all());
  const on = {
    ...reader.on,
    entry(entry) {
      if (entry.offset < reader.from.before && known.has(entry.event)) {
        reader.on.unheard(entry);
      }
      reader.on.entry(entry);
    },
  };
  const { next } = await poll({ ...reader, on });
  return next;
}
