import { element, get, say } from "./element.js";

/** After how long without a key nobody is said to be writing, in ms. */
const IDLE = 3_000;

const encoder = new TextEncoder();

/** Where messages are written, and what has been sent and not heard back yet. */
export class Composer {
  #form = get("composer");
  #text = get("text");
  #outgoing = get("outgoing");
  #fault = get("composer-fault");
  #conversation = null;
  #typing = false;
  #idle;
  #sent;

  /** @param {{sent: () => void}} on told when something was sent */
  constructor({ sent }) {
    this.#sent = sent;
    this.#form.addEventListener("submit", submitted => {
      submitted.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("keydown", pressed => {
      if (pressed.key === "Enter" && !pressed.shiftKey && !pressed.isComposing) {
        pressed.preventDefault();
        this.#send();
      }
    });
    this.#text.addEventListener("input", () => {
      this.#tellTyping(this.#text.value !== "");
      this.#fit();
    });
  }

  /** Writes into another conversation. */
  use(conversation) {
    this.#tellTyping(false);
    this.#conversation = conversation;
    this.#outgoing.replaceChildren();
    say(this.#fault, null);
    // The message itself may come before the answer to its publish: it is not shown twice.
    conversation.onMessage = entry => {
      const pending = [...this.#outgoing.children].find(item => item.pending && item.text === entry.data?.text && entry.from === conversation.user);
      pending?.remove();
    };
  }

  async #send() {
    const text = this.#text.value.trim();
    if (!text || !this.#conversation) {
      return;
    }
    say(this.#fault, null);
    this.#text.value = "";
    this.#fit();
    this.#tellTyping(false);
    await this.#publish(text);
  }

  async #publish(text) {
    const conversation = this.#conversation;
    const item = element("li", "message own pending", element("p", "text", text), element("p", "quiet", "sending…"));
    Object.assign(item, { pending: true, text });
    this.#outgoing.append(item);
    this.#sent();
    try {
      await conversation.say(text);
      item.remove();
    } catch (fault) {
      item.remove();
      if (conversation === this.#conversation) {
        // What was not sent is the user's to change or to send again.
        say(this.#fault, sentenceOf(fault, text));
        this.#text.value ||= text;
        this.#fit();
        this.#text.focus();
      }
    }
  }

  #tellTyping(typing) {
    clearTimeout(this.#idle);
    if (typing) {
      this.#idle = setTimeout(() => this.#tellTyping(false), IDLE);
    }
    if (typing !== this.#typing) {
      this.#typing = typing;
      this.#conversation?.typing(typing);
    }
  }

  /** As high as its lines, up to a limit that the style sets. */
  #fit() {
    this.#text.rows = Math.min(6, this.#text.value.split("\n").length);
  }
}

function sentenceOf(fault, text) {
  switch (fault.code) {
    case "entry.too_large":
      return `That message is too long. It may have 2,048 bytes with what goes around it, and has ${encoder.encode(text).length.toLocaleString("en")}.`;
    case "publish.rate":
    case "room.rate":
      return "That was too fast. Send it again in a moment.";
    default:
      return `That message was not sent. ${fault.message}`;
  }
}
