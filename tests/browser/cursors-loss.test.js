import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { browsers, launch, missing, newPage } from "./support/browsers.js";
import { isInOwnNetwork, missingNetwork, ownAddress, runInOwnNetwork } from "./support/own-network.js";
import { startServer } from "./support/server.js";

// The browsers are told what to do over the loopback interface too, so only what goes to and from the UDP port is lost.
const port = 3478;
const nft = rule => execFileSync("nft", [rule]);
const lose = () => {
  nft("add table inet loss");
  nft("add chain inet loss arriving { type filter hook input priority 0; }");
  for (const way of ["sport", "dport"]) {
    nft(`add rule inet loss arriving udp ${way} ${port} numgen random mod 100 < 5 drop`);
  }
};

if (isInOwnNetwork) {
  for (const name of Object.keys(browsers)) {
    describe(`the cursors in ${name}, over a network that loses packets`, { timeout: 180_000, concurrency: 1 }, () => {
      let browser, server;
      before(async () => {
        [browser, server] = await Promise.all([launch(name), startServer("--listen", `http://${ownAddress}:0`, "--udp", `${port}`, "--allow-anonymous", "--lab")]);
      });
      after(() => Promise.all([browser?.close(), server?.stop()]));

      test("the lane of the lossy channel has holes, goes on, and ends where the cursor stops", async () => {
        const page = await newPage(browser);
        await page.goto(`${server.addresses.find(address => address.includes(ownAddress))}/lab/cursors/index.html?room=loss-${name}`);
        await page.waitForFunction(() => window.cursors?.lanes.datachannel.lossy, { timeout: 60_000, polling: 50 });
        lose();
        try {
          await page.click("#move");
          await page.waitForFunction(() => cursors.lanes.datachannel.missing >= 3 && cursors.lanes.datachannel.entries >= 60, { timeout: 60_000, polling: 50 });
          await page.click("#move");
          await page.waitForFunction(() => Object.values(cursors.lanes).every(({ last }) => last.offset === cursors.published), { timeout: 60_000, polling: 50 });
          const { websocket, datachannel } = await page.evaluate(() => cursors.lanes);
          assert.deepEqual(websocket.last, datachannel.last);
          assert.ok(datachannel.missing < datachannel.entries / 2, `${datachannel.missing} missing, ${datachannel.entries} there`);
          assert.equal(datachannel.lossy, true);
        } finally {
          nft("delete table inet loss");
        }
        await page.close();
      });
    });
  }
} else {
  const absent = Object.keys(browsers).map(name => missing(name)).find(Boolean);
  test("the cursors over a network that loses packets, in a network of their own", { skip: absent || missingNetwork({ nft: "nftables" }), timeout: 400_000 }, async () => {
    const { code, said } = await runInOwnNetwork(fileURLToPath(import.meta.url));
    assert.equal(code, 0, said);
    assert.match(said, /pass 2/);
  });
}
