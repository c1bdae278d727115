import { roomUrl } from "../address.js";
import { Fault } from "../fault.js";
import { beginning, take } from "./frames.js";

/** Silence after which the connection is given up, in ms. The server sends a blank line every 20 to 25 s. */
const SILENCE = 45_000;

/** One request whose answer does not end: a frame a line, a blank line as the heartbeat. */
export const httpStreaming = {
  kind: "stream",
  title: "HTTP streaming",
  how: "fetch, a line per entry",
  streams: true,

  async read({ room, from, on, signal }) {
    const silent = new AbortController();
    let watch;
    try {
      on.request();
      const response = await fetch(roomUrl(room, beginning(from)), {
        headers: { Accept: "application/x-ndjson" },
        signal: AbortSignal.any([signal, silent.signal]),
      });
      if (!response.ok) {
        throw await Fault.ofResponse(response);
      }
      on.open();
      const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        clearTimeout(watch);
        watch = setTimeout(() => silent.abort(), SILENCE);
        const { done, value } = await chunks.read();
        if (done) {
          return; // A line that was cut in the middle is no frame: the next connection brings it whole.
        }
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines) {
          if (line.trim() !== "") {
            take(JSON.parse(line), on);
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
