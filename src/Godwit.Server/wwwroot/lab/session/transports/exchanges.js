import { pause } from "../../pause.js";
import { exchange } from "../exchange.js";

/** How often the short poll asks, in ms, and how long the server may hold a long poll, in seconds. */
const EVERY = 1_000;
const WAIT = 25;

/** Exchanges that are answered at once, made again and again. */
export const shortExchange = {
  kind: "poll",
  title: "Exchange, short poll",
  how: "asks every second",
  streams: false,

  async read({ begin, on, signal }) {
    let fields = begin();
    while (!signal.aborted) {
      const answer = await once(fields, on, signal);
      fields = following(answer);
      if (!answer.more) {
        await pause(EVERY, signal);
      }
    }
  },
};

/** Exchanges that the server answers when there is something to say in any of the rooms, or when the time is up. */
export const longExchange = {
  kind: "longpoll",
  title: "Exchange, long poll",
  how: "asks, the answer waits",
  streams: false,

  async read({ begin, on, signal }) {
    // The first answer comes at once, so that the page is seen to be connected before anything happens in a room.
    let fields = begin();
    while (!signal.aborted) {
      fields = { ...following(await once(fields, on, signal)), wait: WAIT };
    }
  },
};

async function once(fields, on, signal) {
  on.request();
  const answer = await exchange(fields, { signal });
  on.welcome(answer);
  answer.frames.forEach(on.frame);
  on.moved(answer.rooms);
  return answer;
}

// The rooms of an answer are those of the next exchange: one that was refused is not asked for again.
function following({ session, rooms }) {
  return { session, rooms };
}
