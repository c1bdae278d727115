import { poll } from "./poll.js";

/** How long the server may hold a poll, in seconds: below the 30 s after which some proxies give up. */
const WAIT = "25";

/** Asks; the server answers when there is something to say, or when the time is up. */
export const longPolling = {
  kind: "longpoll",
  title: "Long polling",
  how: "asks, the answer waits",
  streams: false,

  async read(reader) {
    let from = reader.from;
    // The first answer comes at once, so that the page is seen to be connected before anything happens in the room.
    ({ next: from } = await poll({ ...reader, from }, { wait: "0" }));
    while (!reader.signal.aborted) {
      ({ next: from } = await poll({ ...reader, from }, { wait: WAIT }));
    }
  },
};
