import { Fault } from "./fault.js";
import { newKey, post, sendOverWebSocket, SteadyPublisher } from "./publishing.js";
import { openWebSocket } from "./transports/web-socket.js";

/** The two ways to publish from the page: one entry by hand, and small ones at a steady pace. */
export class PublishPanel {
  #get = id => document.getElementById(id);
  #names;
  #room;
  #showFault;
  #steady;
  #unsure = null;

  constructor({ names, room, showFault }) {
    this.#names = names;
    this.#room = room;
    this.#showFault = showFault;
    this.#steady = new SteadyPublisher(fault => this.#steadyTold(fault));
    this.#get("send-form").addEventListener("submit", submitted => {
      submitted.preventDefault();
      this.#send();
    });
    this.#get("send-form").addEventListener("change", () => this.#describe());
    this.#get("data").addEventListener("keydown", pressed => {
      if (pressed.key === "Enter" && (pressed.ctrlKey || pressed.metaKey)) {
        pressed.preventDefault();
        this.#get("send-form").requestSubmit();
      }
    });
    this.#get("steady-form").addEventListener("submit", submitted => {
      submitted.preventDefault();
      this.#toggleSteady();
    });
    this.#get("every").addEventListener("change", () => {
      if (this.#steady.running && this.#get("every").checkValidity()) {
        this.#steady.start(this.#room(), Number(this.#get("every").value));
      }
    });
    setInterval(() => this.#describe(), 250);
  }

  /** A steady publisher stays with the room that it was started for: another room begins without one. */
  roomChanged() {
    this.#stopSteady();
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

  // An entry whose acknowledgement did not come keeps its key until one does.
  async #postOnce(content) {
    const room = this.#room();
    const same = JSON.stringify([room, content]);
    const key = this.#unsure?.same === same ? this.#unsure.key : newKey();
    this.#unsure = { same, key };
    const acknowledgement = await post(room, { ...content, key });
    this.#unsure = null;
    return acknowledgement;
  }

  #toggleSteady() {
    if (this.#steady.running) {
      this.#stopSteady();
      return;
    }
    this.#names.add("tick");
    this.#steady.start(this.#room(), Number(this.#get("every").value));
    this.#get("steady").textContent = "Stop";
    this.#get("steady").setAttribute("aria-pressed", "true");
  }

  #stopSteady() {
    this.#steady.stop();
    this.#get("steady").textContent = "Start";
    this.#get("steady").setAttribute("aria-pressed", "false");
  }

  #steadyTold(fault) {
    if (fault?.final) {
      this.#stopSteady();
    }
    if (fault) {
      this.#showFault(fault);
    }
    this.#get("steady-note").textContent = `${this.#steady.acknowledged.toLocaleString("en")} acknowledged by the server.`;
  }

  #choice(name, value) {
    return this.#get("send-form").querySelector(`input[name="${name}"][value="${value}"]`);
  }
}
