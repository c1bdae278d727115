import assert from "node:assert/strict";
import { passwords } from "./chat-server.js";
import { newPage } from "./browsers.js";

/** How long a step of a test may take; reached only when something hangs. Not by animation frames, which a page in the background has none of. */
const LIMIT = { timeout: 30_000, polling: 100 };

/** The chat in a browser of its own: what one user sees. */
export class Chat {
  complaints = [];

  static async open(browser, address, viewport = { width: 1100, height: 700 }) {
    const context = await browser.createBrowserContext();
    const chat = new Chat();
    chat.context = context;
    chat.address = address;
    chat.page = await newPage(context);
    chat.page.on("console", message => {
      if (["error", "warn"].includes(message.type())) {
        chat.complaints.push(message.text());
      }
    });
    chat.page.on("pageerror", error => chat.complaints.push(String(error)));
    chat.page.on("dialog", dialog => {
      chat.complaints.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    await chat.page.evaluateOnNewDocument(() => {
      window.violations = [];
      document.addEventListener("securitypolicyviolation", event => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
    await chat.page.setViewport(viewport);
    await chat.page.goto(address);
    await chat.until(() => !document.getElementById("sign-in").hidden);
    return chat;
  }

  /** Opens the chat and signs in. */
  static async of(browser, address, user, viewport) {
    const chat = await Chat.open(browser, address, viewport);
    await chat.signIn(user, passwords[user]);
    await chat.connected();
    return chat;
  }

  async close() {
    await this.context.close();
  }

  until(condition, ...given) {
    return this.page.waitForFunction(condition, LIMIT, ...given);
  }

  async signIn(name, password) {
    await this.page.$eval("#name", (input, value) => { input.value = value; }, name);
    await this.page.$eval("#password", (input, value) => { input.value = value; }, password);
    await this.page.click('#sign-in-form button[type="submit"]');
  }

  connected() {
    return this.until(() => window.chat?.state === "open" && document.getElementById("state").dataset.state === "open");
  }

  async enter(room) {
    await this.page.evaluate(room => { location.hash = room; }, room);
    await this.until(room => chat.room === room && document.getElementById("room-name").textContent === `#${room}`, room);
  }

  /** Writes a message and sends it, as a user does. */
  async say(text) {
    await this.page.$eval("#text", (input, text) => { input.value = text; }, text);
    await this.page.click('#composer button[type="submit"]');
  }

  /** Waits for a message of a user. */
  sees(from, text) {
    return this.until((from, text) => [...document.querySelectorAll("#messages .message")].some(item => item.querySelector(".from").textContent === from && item.querySelector(".text").textContent === text), from, text);
  }

  /** All messages that are shown: whose and what. */
  messages() {
    return this.page.$$eval("#messages .message", items => items.map(item => [item.querySelector(".from").textContent, item.querySelector(".text").textContent]));
  }

  /** Remembers, from now on, everything that an element has said. */
  remember(selector) {
    return this.page.$eval(selector, element => {
      window.remembered = [];
      new MutationObserver(() => window.remembered.push(element.textContent)).observe(element, { childList: true, characterData: true, subtree: true });
    });
  }

  seesMembers(...users) {
    return this.until(users => [...document.querySelectorAll("#members li")].map(item => item.dataset.user).join() === users, users.join());
  }

  text(selector) {
    return this.page.$eval(selector, element => element.textContent);
  }

  /** Asks the server by fetch, as a script in the page would: status and body. */
  ask(path, body, headers = {}) {
    return this.page.evaluate(async (path, body, headers) => {
      const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
      return { status: response.status, body: await response.json().catch(() => null) };
    }, path, body, headers);
  }

  /** What the browser objected to. Refusals that a test asks for are named by their status. */
  async assertNoComplaints(...refusals) {
    assert.deepEqual(await this.page.evaluate(() => window.violations), [], "the page broke its own content security policy");
    const expected = new RegExp(`status of (${refusals.join("|") || "none"})\\b`);
    assert.deepEqual(this.complaints.filter(text => !expected.test(text)), []);
  }
}
