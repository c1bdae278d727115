import { SteadyPublisher } from "./publishing.js";

/** The controls of the steady publisher. */
export class SteadyControls {
  #get = id => document.getElementById(id);
  #room;
  #showFault;
  #starting;
  #steady;

  /**
   * @param room the room to publish in at the moment of the start
   * @param publish as `SteadyPublisher` takes it
   * @param showFault shows a fault
   * @param starting called before each start
   */
  constructor({ room, publish, showFault, starting = () => {} }) {
    this.#room = room;
    this.#showFault = showFault;
    this.#starting = starting;
    this.#steady = new SteadyPublisher(fault => this.#told(fault), publish);
    this.#get("steady-form").addEventListener("submit", submitted => {
      submitted.preventDefault();
      if (this.#steady.running) {
        this.stop();
      } else {
        this.#start();
      }
    });
    this.#get("every").addEventListener("change", () => {
      if (this.#steady.running && this.#get("every").checkValidity()) {
        this.#steady.start(this.#room(), Number(this.#get("every").value));
      }
    });
  }

  stop() {
    this.#steady.stop();
    this.#show("Start", false);
  }

  #start() {
    this.#starting();
    this.#steady.start(this.#room(), Number(this.#get("every").value));
    this.#show("Stop", true);
  }

  #show(text, pressed) {
    this.#get("steady").textContent = text;
    this.#get("steady").setAttribute("aria-pressed", String(pressed));
  }

  #told(fault) {
    if (fault?.final) {
      this.stop();
    }
    if (fault) {
      this.#showFault(fault);
    }
    this.#get("steady-note").textContent = `${this.#steady.acknowledged.toLocaleString("en")} acknowledged by the server.`;
  }
}

/** Lets Ctrl+Enter in the data send the form. */
export function sendByKeyboard() {
  document.getElementById("data").addEventListener("keydown", pressed => {
    if (pressed.key === "Enter" && (pressed.ctrlKey || pressed.metaKey)) {
      pressed.preventDefault();
      document.getElementById("send-form").requestSubmit();
    }
  });
}
