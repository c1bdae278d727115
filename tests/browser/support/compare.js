import assert from "node:assert/strict";
import { Lab } from "./lab.js";

const EVERYWHERE = ["websocket", "stream", "longpoll", "poll"];

/** The lanes that bring every entry in a browser. Firefox sends no packet of a data channel to the loopback address. */
export const lanesIn = name => name === "chromium" ? [...EVERYWHERE, "datachannel"] : EVERYWHERE;

/** The page of transports side by side, open. */
export class Compare extends Lab {
  static path = "/";
  kinds = EVERYWHERE;

  /** Says in which browser it is. */
  in(name) {
    this.kinds = lanesIn(name);
    return this;
  }

  /** Whether data channels can be had. */
  get loses() {
    return this.kinds.includes("datachannel");
  }

  // Looking at every frame would cost the page more than what it is looked at for.
  async until(condition, ...given) {
    try {
      return await this.page.waitForFunction(condition, { timeout: 30_000, polling: 50 }, ...given);
    } catch (fault) {
      throw new Error(`${fault.message}; the lanes: ${JSON.stringify(await this.lanes().catch(gone => gone.message))}`, { cause: fault });
    }
  }

  /** Waits until every lane that there can be is connected and knows where it begins. */
  ready() {
    const kinds = [...this.kinds, ...(this.loses ? ["lossy"] : [])];
    return this.until(kinds => kinds.every(kind => lab.lanes[kind].state === "open" && lab.lanes[kind].position !== null), kinds);
  }

  lanes() {
    return this.page.evaluate(() => lab.lanes);
  }

  received(kind) {
    return this.page.evaluate(kind => lab.received(kind), kind);
  }

  /** Presses a button of a lane. */
  async press(kind, action) {
    await this.page.$eval(`.lane[data-kind="${kind}"] button[data-action="${action}"]`, button => button.click());
  }

  /** Every lane has exactly these offsets, in this order, and found nothing missing or repeated. */
  async assertWhole(offsets) {
    await this.until((kinds, last) => kinds.every(kind => lab.received(kind).at(-1) === last), this.kinds, offsets.at(-1));
    const lanes = await this.lanes();
    for (const kind of this.kinds) {
      assert.deepEqual(await this.received(kind), offsets, kind);
      const { missing, repeated, gaps, resets, transport } = lanes[kind];
      assert.deepEqual([missing, repeated, gaps, resets, transport], [0, 0, 0, 0, kind]);
    }
  }

  /** The lossy lane has some of these offsets, in this order, and in the end the last; what it has not it calls missing. */
  async assertNewest(offsets) {
    await this.until(last => lab.received("lossy").at(-1) === last, offsets.at(-1));
    const received = await this.received("lossy");
    assert.ok(received.every((offset, n) => offsets.includes(offset) && (n === 0 || offset > received[n - 1])), received.join());
    const { missing, repeated, entries, transport } = (await this.lanes()).lossy;
    assert.deepEqual([entries, repeated, transport], [received.length, 0, "datachannel"]);
    assert.equal(missing, received.at(-1) - received[0] + 1 - received.length);
  }
}
