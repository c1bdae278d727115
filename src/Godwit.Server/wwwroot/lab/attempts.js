import { Fault } from "./fault.js";
import { pause } from "./pause.js";

/** The first and the longest pause before a new attempt, in ms. */
const RETRY = { first: 500, longest: 10_000 };

/**
 * Connects again and again, until the signal is aborted or a fault is final. The state goes from `connecting` through
 * what the attempt makes of it to `waiting` or `refused`.
 *
 * @param attempt one connection, from its beginning to its end. It is given `opened()`, to call when the server answered,
 *   and `back(ms)`, for the time at which the server said to come again
 * @param become told the state, and a note for people
 * @param told each fault
 */
export async function keepTrying({ attempt, become, told, signal }) {
  let delay = RETRY.first;
  while (!signal.aborted) {
    become("connecting");
    let fault = null;
    let back = null;
    try {
      await attempt({
        opened: () => {
          delay = RETRY.first;
        },
        back: ms => {
          back = ms;
        },
      });
    } catch (error) {
      if (!(error instanceof Fault) && !signal.aborted) {
        console.error(error);
      }
      fault = error instanceof Fault ? error : Fault.ofNetwork(error);
    }
    if (signal.aborted) {
      return;
    }
    if (fault) {
      told(fault);
    }
    if (fault?.final) {
      become("refused");
      return;
    }
    // Spread out, so that the readers of a server that comes back do not come back together.
    const wait = back ?? (fault?.retryAfter ? fault.retryAfter * 1000 : delay * (0.5 + Math.random() / 2));
    delay = Math.min(delay * 2, RETRY.longest);
    become("waiting", `next attempt in ${(wait / 1000).toFixed(1)} s`);
    await pause(wait, signal);
  }
}

/** The same callbacks, silent from the moment the signal is aborted. */
export function guarded(on, signal) {
  for (const [name, callback] of Object.entries(on)) {
    if (typeof callback === "function") {
      on[name] = (...given) => (signal.aborted ? null : callback(...given));
    }
  }
  return on;
}

/** What a frame says that is about the connection and not about one room's log: a fault in words, or null when one is over. */
export function faultOfNotice(frame) {
  switch (frame.op) {
    case "error":
      return Fault.ofFrame(frame);
    case "drain":
      return new Fault("The server is stopping. The page comes back at the time it was given.");
    case "degraded":
      return new Fault("The server’s store is away. Entries arrive when it is back; nothing is lost.");
    default:
      return null;
  }
}
