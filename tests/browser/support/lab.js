import assert from "node:assert/strict";
import { newPage } from "./browsers.js";

/** How long a step of a test may take; reached only when something hangs. */
const LIMIT = { timeout: 30_000 };

/** An open lab page, and what the browser complained about. */
export class Lab {
  static path = "/lab/raw.html";
  complaints = [];

  constructor(page) {
    this.page = page;
  }

  static async open(browser, address, query, viewport = { width: 1280, height: 900 }) {
    const page = await newPage(browser);
    const lab = new this(page);
    page.on("console", message => {
      if (["error", "warn"].includes(message.type())) {
        lab.complaints.push(message.text());
      }
    });
    page.on("pageerror", error => lab.complaints.push(String(error)));
    await page.evaluateOnNewDocument(() => {
      window.violations = [];
      document.addEventListener("securitypolicyviolation", event => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
    await page.setViewport(viewport);
    await page.goto(`${address}${this.path}?${new URLSearchParams(query)}`);
    await page.waitForFunction(() => window.lab !== undefined, LIMIT);
    return lab;
  }

  async close() {
    await this.page.close();
  }

  state() {
    return this.page.evaluate(() => ({
      room: lab.room, transport: lab.transport, state: lab.state, position: lab.position, verdict: lab.verdict, counts: lab.counts,
    }));
  }

  until(condition, ...given) {
    return this.page.waitForFunction(condition, LIMIT, ...given);
  }

  connected() {
    return this.until(() => lab.state === "open");
  }

  async choose(kind) {
    await this.page.click(`input[name="transport"][value="${kind}"]`);
  }

  async cut() {
    await this.page.click("#cut");
    await this.until(() => lab.state === "cut");
  }

  async resume() {
    await this.page.click("#cut");
  }

  /** Waits until the current transport has brought so many more entries, by its own count. */
  async brings(kind, count) {
    const before = await this.page.evaluate(kind => lab.received().filter(each => each.kind === kind).length, kind);
    await this.until((kind, wanted) => lab.received().filter(each => each.kind === kind).length >= wanted, kind, before + count);
  }

  /** The offsets received, in the order of arrival. */
  offsets() {
    return this.page.evaluate(() => lab.received().map(each => each.offset));
  }

  /** The rows on the page: offset and text. */
  rows() {
    return this.page.evaluate(() => [...document.querySelectorAll("#entries [data-offset]")].map(row => [Number(row.dataset.offset), row.querySelector(".data").textContent]));
  }

  /** What the browser objected to; with `pulled`, connections that broke are to be expected. */
  async assertNoComplaints({ pulled = false } = {}) {
    assert.deepEqual(await this.page.evaluate(() => window.violations), [], "the page broke its own content security policy");
    const broken = /ERR_|NetworkError|can’t establish a connection|was interrupted|WebSocket connection to/;
    assert.deepEqual(this.complaints.filter(text => !(pulled && broken.test(text))), []);
  }

  /** Tab until the element has the focus: what a person without a mouse does. */
  async tabTo(selector) {
    for (let pressed = 0; pressed < 40; pressed++) {
      if (await this.page.evaluate(wanted => document.activeElement.matches(wanted), selector)) {
        return;
      }
      await this.page.keyboard.press("Tab");
    }
    assert.fail(`${selector} cannot be reached with the Tab key`);
  }
}
