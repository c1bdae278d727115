import { Fault } from "../fault.js";
import { Keys } from "../publishing.js";
import { make, showText } from "../shown.js";
import { spoken } from "../statistics.js";
import { sendByKeyboard, SteadyControls } from "../steady-controls.js";

/** Publishes through the session: one entry by hand in a room of choice, and small ones in all rooms in turn. */
export class SessionPublishPanel {
  #get = id => document.getElementById(id);
  #session;
  #showFault;
  #keys = new Keys();
  #turn = 0;

  constructor({ session, showFault }) {
    this.#session = session;
    this.#showFault = showFault;
    new SteadyControls({ room: () => null, publish: (_, entry) => this.#publishInTurn(entry), showFault });
    sendByKeyboard();
    this.#get("send-form").addEventListener("submit", submitted => {
      submitted.preventDefault();
      this.#send();
    });
  }

  /** Shows the rooms to choose from, and how a publish would go now. */
  show() {
    const rooms = this.#rooms();
    const select = this.#get("to");
    if (rooms.join() !== [...select.options].map(option => option.value).join()) {
      const chosen = select.value;
      select.replaceChildren(...rooms.map(room => make("option", "", room)));
      select.value = rooms.includes(chosen) ? chosen : rooms[0] ?? "";
      select.disabled = rooms.length === 0;
    }
    showText(this.#get("data-note"), this.#session.transport?.both
      ? "A frame on the session’s WebSocket. Ctrl+Enter sends."
      : "An exchange of its own in the same session. Ctrl+Enter sends.");
  }

  #rooms() {
    return [...this.#session.rooms.values()].filter(room => room.state !== "refused").map(room => room.name);
  }

  async #publishInTurn(entry) {
    const rooms = this.#rooms();
    if (rooms.length === 0) {
      throw new Fault("The session is in no room: join one first.", { final: true });
    }
    await this.#session.publish(rooms[this.#turn++ % rooms.length], entry);
  }

  async #send() {
    const room = this.#get("to").value;
    const entry = {
      event: this.#get("event").value.trim() || "message",
      body: this.#get("data").value,
      json: this.#get("send-form").elements.type.value === "json",
    };
    const sent = this.#get("sent");
    sent.textContent = "";
    try {
      if (!room) {
        throw new Fault("The session is in no room: join one first.");
      }
      const { position, duplicate, took } = await this.#session.publish(room, { ...entry, key: this.#keys.of({ room, ...entry }) });
      this.#keys.acknowledged();
      sent.textContent = `${duplicate ? "Was stored before" : "Stored"} in ${room} at ${position}. The reply took ${spoken(took)}.`;
      this.#showFault(null);
    } catch (fault) {
      this.#showFault(fault instanceof Fault ? fault : new Fault(String(fault)));
    }
  }
}
