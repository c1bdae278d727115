import { Fault } from "./fault.js";
import { Keys, post, sendOverWebSocket } from "./publishing.js";
import { sendByKeyboard, SteadyControls } from "./steady-controls.js";
import { openWebSocket } from "./transports/web-socket.js";

/** The two ways to publish from the page: one entry by hand, and small ones at a steady pace. */
export class PublishPanel {
  #get = id => document.getElementById(id);
  #names;
  #room;
  #showFault;
  #steady;
  #keys = new Keys();

  constructor({ names, room, showFault }) {
    this.#names = names;
    this.#room = room;
    this.#showFault = showFault;
    this.#steady = new SteadyControls({ room, publish: post, showFault, starting: () => names.add("tick") });
    this.#get("send-form").addEventListener("submit", submitted => {
      submitted.preventDefault();
      this.#send();
    });
    this.#get("send-form").addEventListener("change", () => this.#describe());
    sendByKeyboard();
    setInterval(() => this.#describe(), 250);
  }

  /** A steady publisher stays with the room that it was started for: another room begins without one. */
  roomChanged() {
    this.#steady.stop();
    this.#get("sent").textContent = "";
  }

  // Over a WebSocket a message is the data and nothing else.
  #describe() {
    const socket = this.#get("by-websocket");
    socket.disabled = openWebSocket() === null;
    if (socket.disabled && socket.checked) {
      this.#choice("by", "post").checked = true;
    }
    const overSocket = socket.checked;
    this.#get("event").disabled = overSocket;
    const words = overSocket
      ? "A room’s WebSocket carries data alone: the event is “message”."
      : "Ctrl+Enter sends.";
    if (this.#get("data-note").textContent !== words) {
      this.#get("data-note").textContent = words;
    }
  }

  async #send() {
    const body = this.#get("data").value;
    const json = this.#choice("type", "json").checked;
    const event = this.#get("event").value.trim() || "message";
    this.#get("sent").textContent = "";
    try {
      if (this.#get("by-websocket").checked) {
        sendOverWebSocket({ body, json });
        this.#get("sent").textContent = "Sent over the WebSocket. It has no reply: the entry itself is the answer.";
      } else {
        this.#names.add(event);
        const { position, duplicate } = await this.#postOnce({ event, body, json });
        this.#get("sent").textContent = duplicate ? `Was stored before, at ${position}.` : `Stored at ${position}.`;
      }
      this.#showFault(null);
    } catch (fault) {
      this.#showFault(fault instanceof Fault ? fault : new Fault(String(fault)));
    }
  }

  async #postOnce(content) {
    const room = this.#room();
    const acknowledgement = await post(room, { ...content, key: this.#keys.of({ room, ...content }) });
    this.#keys.acknowledged();
    return acknowledgement;
  }

  #choice(name, value) {
    return this.#get("send-form").querySelector(`input[name="${name}"][value="${value}"]`);
  }
}
