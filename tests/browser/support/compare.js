import assert from "node:assert/strict";
import { Lab } from "./lab.js";

export const LANES = ["websocket", "stream", "longpoll", "poll"];

/** The page of transports side by side, open. */
export class Compare extends Lab {
  static path = "/";

  // Looking at every frame would cost the page more than what it is looked at for.
  until(condition, ...given) {
    return this.page.waitForFunction(condition, { timeout: 30_000, polling: 50 }, ...given);
  }

  /** Waits until every lane is connected and knows where it begins. */
  ready() {
    return this.until(kinds => kinds.every(kind => lab.lanes[kind].state === "open" && lab.lanes[kind].position !== null), LANES);
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
    await this.until((kinds, last) => kinds.every(kind => lab.received(kind).at(-1) === last), LANES, offsets.at(-1));
    const lanes = await this.lanes();
    for (const kind of LANES) {
      assert.deepEqual(await this.received(kind), offsets, kind);
      const { missing, repeated, gaps, resets, transport } = lanes[kind];
      assert.deepEqual([missing, repeated, gaps, resets, transport], [0, 0, 0, 0, kind]);
    }
  }
}
