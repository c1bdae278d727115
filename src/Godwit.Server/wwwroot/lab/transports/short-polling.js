import { pause } from "../pause.js";
import { poll } from "./poll.js";

/** Asks, is answered at once, and asks again when the server suggests it. */
export const shortPolling = {
  kind: "poll",
  title: "Short polling",
  how: "asks again and again",
  streams: false,

  async read(reader) {
    let from = reader.from;
    while (!reader.signal.aborted) {
      const { answer, next, pollAfter } = await poll({ ...reader, from });
      from = next;
      if (!answer.more) {
        await pause(pollAfter * 1000, reader.signal);
      }
    }
  },
};
