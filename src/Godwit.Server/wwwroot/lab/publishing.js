import { roomUrl } from "./address.js";
import { Fault } from "./fault.js";
import { openWebSocket } from "./transports/web-socket.js";

/** Publishes of the steady publisher that may be under way at once. A browser opens six connections to a server. */
const UNDER_WAY = 4;

/**
 * Publishes with POST and returns the server's acknowledgement, `{position, duplicate}`.
 * With a key, the same publish sent again is stored once.
 */
export async function post(room, { event, body, json, key }) {
  let response;
  try {
    response = await fetch(roomUrl(room, { event: event === "message" ? null : event }), {
      method: "POST",
      headers: {
        "Content-Type": json ? "application/json" : "text/plain; charset=utf-8",
        ...(key ? { "Idempotency-Key": key } : {}),
      },
      body,
    });
  } catch {
    throw unacknowledged();
  }
  if (!response.ok) {
    throw await Fault.ofResponse(response);
  }
  return response.json();
}

/** The fault of a publish whose answer did not come. */
export function unacknowledged() {
  return new Fault("No acknowledgement came: the entry may or may not have been stored. Sending it again is safe, it bears the same key.");
}

/** Publishes over the open WebSocket of the page. The room's WebSocket takes data alone: no event, no key, no reply. */
export function sendOverWebSocket({ body, json }) {
  const socket = openWebSocket();
  if (!socket) {
    throw new Fault("There is no open WebSocket: choose it as the transport first.");
  }
  socket.send(json ? body : JSON.stringify(body));
}

/** A key that nobody can guess: 128 random bits. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), octet => octet.toString(16).padStart(2, "0")).join("");
}

/** Keys for what is sent by hand: an entry whose acknowledgement did not come keeps its key until one does. */
export class Keys {
  #unsure = null;

  of(content) {
    const same = JSON.stringify(content);
    const key = this.#unsure?.same === same ? this.#unsure.key : newKey();
    this.#unsure = { same, key };
    return key;
  }

  acknowledged() {
    this.#unsure = null;
  }
}

/** Publishes small numbered entries at a steady pace. */
export class SteadyPublisher {
  acknowledged = 0;
  #timer = null;
  #number = 0;
  #underWay = 0;

  /**
   * @param told called after each answer, with the fault if it was one
   * @param publish publishes an entry in a room, and resolves when the server has acknowledged it
   */
  constructor(told, publish) {
    this.told = told;
    this.publish = publish;
  }

  get running() {
    return this.#timer !== null;
  }

  start(room, every) {
    this.stop();
    const publish = async () => {
      if (this.#underWay >= UNDER_WAY) {
        return;
      }
      this.#underWay++;
      try {
        await this.publish(room, { event: "tick", body: JSON.stringify({ n: ++this.#number }), json: true });
        this.acknowledged++;
        this.told(null);
      } catch (fault) {
        this.told(fault);
      } finally {
        this.#underWay--;
      }
    };
    this.#timer = setInterval(publish, every);
    publish();
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
