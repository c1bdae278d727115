import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, missing } from "./support/browsers.js";
import { Chat } from "./support/chat.js";
import { startChat } from "./support/chat-server.js";
import { missingNginx, startNginx } from "./support/nginx.js";
import { freePort } from "./support/ports.js";
import { missingRedis, startRedis } from "./support/redis.js";

describe("the chat on two servers behind nginx, without stickiness", { concurrency: true }, () => {
  for (const name of ["chromium", "firefox"]) {
    testIn(name);
  }
});

function testIn(name) {
  const why = missing(name) || missingNginx || missingRedis;
  if (why) {
    test(`the chat on two servers in ${name}`, { skip: why }, () => {}); // A skipped suite would not be counted.
    return;
  }
  describe(`the chat on two servers in ${name}`, { timeout: 600_000, concurrency: 1 }, () => {
    let redis, servers, nginx, browser;
    const urls = [];
    const start = n => startChat(`--urls=${urls[n]}`, `--Chat:Redis=${redis.address}`, "--Chat:SignInAttempts=200");
    before(async () => {
      browser = await launch(name);
      redis = await startRedis();
      urls.push(`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`);
      servers = await Promise.all([start(0), start(1)]);
      nginx = await startNginx(...urls);
    });
    after(async () => {
      await browser?.close();
      await nginx?.stop();
      await Promise.all((servers ?? []).map(server => server.kill()));
      await redis?.stop();
    });

    test("loses nothing that people type while one is stopped, and while one is killed", async () => {
      const ann = await Chat.of(browser, nginx.address, "ann"), bert = await Chat.of(browser, nginx.address, "bert");
      try {
        await ann.enter(`two-${name}`);
        await bert.enter(`two-${name}`);
        await bert.page.select("#transport", "longpoll"); // each poll at another server
        await bert.until(() => chat.transport === "longpoll" && chat.state === "open");
        const said = { ann: [], bert: [] };
        let typing = true;
        const type = async (chat, user) => {
          for (let n = 1; typing; n++) {
            said[user].push(`${user} ${n}`);
            await chat.page.evaluate(text => {
              document.getElementById("text").value = text;
              document.getElementById("composer").requestSubmit();
            }, `${user} ${n}`);
            await new Promise(resolve => setTimeout(resolve, 250));
          }
        };
        const typists = Promise.all([type(ann, "ann"), type(bert, "bert")]);

        // Whatever fails, the typing ends.
        try {
          await bert.until(() => document.querySelectorAll("#messages .message").length >= 4);
          assert.equal(await servers[0].drain(), 0);
          const until = said.ann.length + 4;
          await wait(() => said.ann.length >= until);
          servers[0] = await start(0);
          await servers[1].kill();
          await wait(() => said.ann.length >= until + 8);
        } finally {
          typing = false;
          await typists;
        }

        for (const chat of [ann, bert]) {
          for (const user of ["ann", "bert"]) {
            await chat.sees(user, said[user].at(-1));
          }
        }
        for (const chat of [ann, bert]) {
          const messages = await chat.messages();
          for (const user of ["ann", "bert"]) {
            assert.deepEqual(messages.filter(([from]) => from === user).map(([, text]) => text), said[user], `what ${user} said`);
          }
          assert.equal(await chat.page.$$eval("#outgoing li", items => items.length), 0);
          assert.deepEqual(await chat.page.$$eval("#messages .note", notes => notes.map(note => note.textContent)), []);
        }
        assert.deepEqual(await ann.messages(), await bert.messages());
        await ann.seesMembers("ann", "bert");
      } finally {
        await Promise.all([ann.close(), bert.close()]);
      }
    });

    test("knows at each server who signed in at the other, and takes a ticket once", async () => {
      const ann = await Chat.of(browser, nginx.address, "ann");
      try {
        for (let n = 0; n < 4; n++) {
          const { status, body } = await ann.ask("/ticket", {});
          assert.deepEqual([status, body.user], [200, "ann"]);
          const exchanges = await Promise.all([1, 2, 3, 4].map(() => ann.ask("/rt/session", { ticket: body.ticket, rooms: {} })));
          assert.deepEqual(exchanges.map(answer => answer.status).sort(), [200, 401, 401, 401]);
        }
      } finally {
        await ann.close();
      }
    });
  });
}

/** Waits until something is so; gives up on what hangs. */
async function wait(isSo) {
  for (const start = Date.now(); !isSo();) {
    assert.ok(Date.now() - start < 120_000, "waited in vain");
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
