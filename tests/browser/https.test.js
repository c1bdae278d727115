import { execFileSync } from "node:child_process";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, missing } from "./support/browsers.js";
import { Chat } from "./support/chat.js";
import { startChat } from "./support/chat-server.js";
import { Compare } from "./support/compare.js";
import { Lab } from "./support/lab.js";
import { Publisher } from "./support/publisher.js";
import { builtServer, startServer } from "./support/server.js";

const KINDS = ["poll", "longpoll", "sse", "stream", "websocket"];

// With a certificate of godwit cert, which the browsers are told to take although nobody vouches for it.
describe("the pages over https", { concurrency: true }, () => {
  for (const name of ["chromium", "firefox"]) {
    const why = missing(name);
    if (why) {
      test(`the pages over https in ${name}`, { skip: why }, () => {});
      continue;
    }
    describe(`the pages over https in ${name}`, { timeout: 600_000, concurrency: 1 }, () => {
      let folder, server, browser;
      before(async () => {
        folder = mkdtempSync(join(tmpdir(), "godwit-https-"));
        execFileSync("dotnet", [builtServer(), "cert", "--out", folder]);
        browser = await launch(name, { acceptInsecureCerts: true });
        server = await startServer("--listen", "https://127.0.0.1:0", "--tls-cert", join(folder, "cert.pem"), "--tls-key", join(folder, "key.pem"));
      });
      after(async () => {
        await browser?.close();
        await server?.stop();
        rmSync(folder, { recursive: true, force: true });
      });

      test("every transport delivers, and requests go over HTTP/2", async () => {
        const lab = await Lab.open(browser, server.addresses.find(address => address.startsWith("https:")), { room: `https-${name}`, transport: "poll" });
        try {
          await lab.connected();
          const publisher = new Publisher(server.address, `https-${name}`);
          for (const kind of KINDS) {
            await lab.choose(kind);
            await lab.brings(kind, 3);
          }
          await publisher.stop();
          await lab.until(last => Number(lab.position.split("-")[1]) >= last, publisher.last);
          assert.deepEqual(await lab.offsets(), [...publisher.acknowledged.keys()].sort((a, b) => a - b));
          const spoken = await lab.page.evaluate(() => [...new Set(performance.getEntriesByType("resource").map(entry => entry.nextHopProtocol).filter(protocol => protocol !== ""))]);
          assert.deepEqual(spoken, ["h2"]);
          await lab.assertNoComplaints();
        } finally {
          await lab.close();
        }
      });

      test("every lane delivers side by side", async () => {
        const lab = await Compare.open(browser, server.addresses.find(address => address.startsWith("https:")), { room: `lanes-${name}` });
        try {
          await lab.ready();
          await lab.page.click("#one");
          await lab.assertWhole([1]);
          await lab.assertNoComplaints();
        } finally {
          await lab.close();
        }
      });

      test("the chat signs in with a cookie for TLS alone, and talks", async () => {
        const chat = await startChat("--urls=https://127.0.0.1:0", `--Kestrel:Certificates:Default:Path=${join(folder, "cert.pem")}`, `--Kestrel:Certificates:Default:KeyPath=${join(folder, "key.pem")}`);
        const ann = await Chat.of(browser, chat.address, "ann");
        try {
          await ann.say("over TLS");
          await ann.sees("ann", "over TLS");
          const [cookie] = await ann.context.cookies();
          assert.deepEqual([cookie.name, cookie.secure, cookie.httpOnly, cookie.sameSite], ["chat", true, true, "Strict"]);
          await ann.assertNoComplaints();
        } finally {
          await ann.close();
          await chat.stop();
        }
      });
    });
  }
});
