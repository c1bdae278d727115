import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, missing, newPage } from "./support/browsers.js";
import { unreadable } from "./support/contrast.js";
import { startServer } from "./support/server.js";

const skip = missing("chromium");

// Firefox sends nothing to a loopback address, where the server is.
describe("the cursors in chromium", { timeout: 300_000, concurrency: 1 }, () => {
  let browser, server;
  before(async () => {
    if (!skip) {
      [browser, server] = await Promise.all([launch("chromium"), startServer()]);
    }
  });
  after(() => Promise.all([browser?.close(), server?.stop()]));

  const withPage = async (room, run, viewport = { width: 1280, height: 900 }) => {
    const page = await newPage(browser);
    const complaints = [];
    page.on("console", message => ["error", "warn"].includes(message.type()) && complaints.push(message.text()));
    page.on("pageerror", error => complaints.push(String(error)));
    try {
      await page.setViewport(viewport);
      await page.goto(`${server.address}/lab/cursors/index.html?room=${room}`);
      await page.waitForFunction(() => window.cursors?.lanes.datachannel.lossy, { timeout: 60_000, polling: 50 });
      await run(page);
      assert.deepEqual(complaints, []);
    } finally {
      await page.close();
    }
  };

  test("both lanes follow the cursor, the one over a lossy channel, and end where it stops", { skip }, async () => {
    await withPage("moving", async page => {
      await page.click("#move");
      await page.waitForFunction(() => Object.values(cursors.lanes).every(lane => lane.entries >= 60), { timeout: 60_000, polling: 50 });
      await page.click("#move");
      await page.waitForFunction(() => {
        const { websocket, datachannel } = cursors.lanes;
        return websocket.last.offset === cursors.published && datachannel.last.offset === cursors.published;
      }, { timeout: 60_000, polling: 50 });
      const { websocket, datachannel } = await page.evaluate(() => cursors.lanes);
      assert.deepEqual(websocket.last, datachannel.last);
      assert.deepEqual([websocket.lossy, datachannel.lossy], [false, true]);
      assert.ok(datachannel.missing < datachannel.entries, `${datachannel.missing} missing, ${datachannel.entries} there`);
      const drawn = await page.$$eval(".lane canvas", all => all.map(canvas => new Set(new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size));
      assert.ok(drawn.every(colours => colours > 1), `colours: ${drawn}`);
    });
  });

  test("the pointer moves it", { skip }, async () => {
    await withPage("pointed", async page => {
      const { x, y, width, height } = await (await page.$("#pad")).boundingBox();
      await page.mouse.move(x + width / 4, y + height / 4);
      await page.mouse.move(x + width / 2, y + height / 2, { steps: 5 });
      await page.waitForFunction(() => Object.values(cursors.lanes).every(({ last }) => last && Math.abs(last.data.x - 0.5) < 0.02 && Math.abs(last.data.y - 0.5) < 0.02), { timeout: 60_000, polling: 50 });
    });
  });

  test("it fits a phone, and can be read in light and in dark", { skip }, async () => {
    await withPage("phone", async page => {
      assert.deepEqual(await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]), [360, 360]);
      for (const value of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        assert.deepEqual(await page.evaluate(unreadable), [], value);
      }
    }, { width: 360, height: 740 });
  });
});
