import { Fault } from "../../fault.js";
import { request } from "../exchange.js";

/** Silence after which the connection is given up, in heartbeats. */
const SILENCE = 1.8;

/** An exchange whose answer does not end: events, each with a frame as its data. EventSource cannot POST, so fetch reads it. */
export const sessionStream = {
  kind: "stream",
  title: "Session stream",
  how: "fetch, an event per frame",
  streams: true,

  async read({ begin, on, signal }) {
    const silent = new AbortController();
    let silence = 45_000;
    let watch;
    try {
      on.request();
      const response = await request(begin(), { accept: "text/event-stream", signal: AbortSignal.any([signal, silent.signal]) });
      const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        clearTimeout(watch);
        watch = setTimeout(() => silent.abort(), silence);
        const { done, value } = await chunks.read();
        if (done) {
          return; // An event that was cut in the middle is no frame: the next stream brings it whole.
        }
        const events = (rest + value).split("\n\n");
        rest = events.pop();
        for (const frame of events.flatMap(framesOf)) {
          if (frame.op === "welcome") {
            silence = frame.heartbeat * SILENCE;
            on.welcome(frame);
          } else {
            on.frame(frame);
          }
        }
      }
    } catch (error) {
      throw error instanceof Fault ? error : Fault.ofNetwork(error);
    } finally {
      clearTimeout(watch);
    }
  },
};

// A frame is one line of data; a comment is the heartbeat.
function framesOf(event) {
  return event.split("\n").filter(line => line.startsWith("data:")).map(line => JSON.parse(line.slice(5)));
}
