import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, missing } from "./browsers.js";
import { layCable } from "./cable.js";
import { Chat } from "./chat.js";
import { passwords, startChat } from "./chat-server.js";
import { unreadable } from "./contrast.js";

const SCRIPT = '<img src="x" onerror="alert(1)"><script>alert(2)</script>';

/** The tests of the chat in one browser. */
export function testChatIn(name) {
  const why = missing(name);
  if (why) {
    test(`the chat in ${name}`, { skip: why }, () => {}); // A skipped suite would not be counted.
    return;
  }
  describe(`the chat in ${name}`, { timeout: 600_000, concurrency: 1 }, () => {
    let server, cable, browser;
    before(async () => {
      browser = await launch(name);
      // A ticket holds so short a time that connections need new ones while the tests run.
      server = await startChat("--Chat:TicketHolds=00:00:08", "--Chat:SignInAttempts=200");
      cable = await layCable(server.address);
    });
    after(async () => {
      await browser?.close();
      await cable?.remove();
      await server?.stop();
    });

    // Signs these users in, each in a browser of its own, and closes all whatever becomes of the test.
    const withUsers = async (users, body, viewport) => {
      const chats = [];
      try {
        for (const user of users) {
          chats.push(await Chat.of(browser, cable.address, user, viewport));
        }
        await body(...chats);
      } finally {
        await Promise.all(chats.map(chat => chat.close()));
      }
    };

    test("says of a wrong password that it is wrong, and goes on with the right one", async () => {
      const chat = await Chat.open(browser, cable.address);
      try {
        for (const [user, password] of [["ann", "wrong"], ["nobody", "curlew"]]) {
          await chat.signIn(user, password);
          await chat.until(() => document.getElementById("sign-in-fault").textContent === "That name and password do not fit together.");
          await chat.page.$eval("#sign-in-fault", fault => { fault.textContent = ""; });
        }
        await chat.signIn("ann", passwords.ann);
        await chat.connected();
        assert.equal(await chat.text("#user"), "ann");
        assert.equal(await chat.page.$eval("#sign-in", form => form.hidden), true);
        await chat.assertNoComplaints(401);

        // A page that is loaded again is signed in, and out after signing out.
        await chat.page.reload();
        await chat.connected();
        await chat.page.click("#sign-out");
        await chat.until(() => !document.getElementById("sign-in").hidden && chat.user === null);
        assert.equal((await chat.ask("/ticket", {})).status, 401);
      } finally {
        await chat.close();
      }
    });

    test("takes a ticket once, and for the user of the sign-in whatever the page asks for", async () => {
      await withUsers(["ann"], async ann => {
        const { body } = await ann.ask("/ticket", { user: "bert", name: "bert" });
        assert.equal(body.user, "ann");
        const exchange = { ticket: body.ticket, send: [{ op: "publish", room: "chat:tickets", event: "message", data: { text: "hello", from: "bert" }, from: "bert" }], rooms: { "chat:tickets": "start" } };
        const first = await ann.ask("/rt/session", exchange);
        assert.equal(first.status, 200);
        assert.equal(first.body.frames.findLast(frame => frame.op === "entry").from, "ann");
        const second = await ann.ask("/rt/session", exchange);
        assert.deepEqual([second.status, second.body.code], [401, "ticket.unknown"]);
        // What only the application may write: the topic of a room.
        const again = await ann.ask("/ticket", {});
        const topic = await ann.ask("/rt/session", { ticket: again.body.ticket, send: [{ op: "publish", room: "topic:tickets", event: "topic", data: { topic: "mine", by: "bert" } }] });
        assert.equal(topic.body.replies[0].code, "access.denied");
        // A ticket is for the pages of the chat.
        const other = await ann.ask("/ticket", {});
        const elsewhere = await fetch(`${server.address}/rt/session`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ticket: other.body.ticket }) });
        assert.equal((await elsewhere.json()).code, "ticket.origin");
      });
    });

    test("brings two users in a room what the other says, with the name from the server, and who is there", async () => {
      await withUsers(["ann", "bert"], async (ann, bert) => {
        await ann.enter(`talk-${name}`);
        await bert.enter(`talk-${name}`);
        await ann.seesMembers("ann", "bert");
        await bert.seesMembers("ann", "bert");
        await ann.say("Are you there?");
        await bert.sees("ann", "Are you there?");
        await ann.remember("#typing");
        await bert.page.type("#text", "y");
        await ann.until(() => window.remembered.includes("bert is writing…"));
        await bert.say("yes");
        await ann.sees("bert", "yes");
        await ann.until(() => document.getElementById("typing").textContent === "");
        const said = [["ann", "Are you there?"], ["bert", "yes"]];
        assert.deepEqual(await ann.messages(), said);
        assert.deepEqual(await bert.messages(), said);
        const times = await ann.page.$$eval("#messages time", all => all.map(time => Math.abs(Date.now() - Date.parse(time.dateTime))));
        assert.ok(times.every(age => age < 60_000), `sent times are ${times} ms off`);
        await ann.assertNoComplaints();
        await bert.assertNoComplaints();
      });
    });

    test("changes the room: other messages, another topic, other members, and back again", async () => {
      await withUsers(["ann", "bert"], async (ann, bert) => {
        await ann.enter(`one-${name}`);
        await bert.enter(`one-${name}`);
        await ann.say("in one");
        await bert.sees("ann", "in one");
        await ann.page.click("#topic-edit");
        await ann.page.$eval("#topic-text", input => { input.value = "The first room"; });
        await ann.page.click('#topic-form button[type="submit"]');
        await bert.until(() => document.getElementById("topic").textContent === "The first room");
        assert.equal(await bert.page.$eval("#topic", topic => topic.title), "Set by ann");
        await ann.enter(`two-${name}`);
        await bert.seesMembers("bert");
        assert.equal(await ann.text("#topic"), "");
        await bert.say("still in one");
        await ann.say("in two");
        await ann.sees("ann", "in two");
        assert.deepEqual(await ann.messages(), [["ann", "in two"]]);
        await ann.page.goBack();
        await ann.sees("bert", "still in one");
        await ann.until(() => document.getElementById("topic").textContent === "The first room");
        assert.deepEqual(await ann.messages(), [["ann", "in one"], ["bert", "still in one"]]);
        await ann.assertNoComplaints();
      });
    });

    test("shows history on entering, and older messages on scrolling up, each once", async () => {
      await withUsers(["ann"], async ann => {
        const room = `past-${name}`;
        const { body } = await ann.ask("/ticket", {});
        const send = Array.from({ length: 100 }, (_, n) => ({ op: "publish", room: `chat:${room}`, event: "message", data: { text: `message ${n + 1}` } }));
        assert.equal((await ann.ask("/rt/session", { ticket: body.ticket, send })).status, 200);
        await ann.enter(room);
        await ann.sees("ann", "message 100");
        assert.equal((await ann.messages()).length, 30);
        for (let shown = 60; shown < 100; shown += 30) {
          await ann.page.evaluate(() => { document.getElementById("scroll").scrollTop = 50; });
          await ann.until(shown => document.querySelectorAll("#messages .message").length >= shown, shown);
          // The view stays at what was read, with the older messages above it.
          assert.ok(await ann.page.$eval("#scroll", scroll => scroll.scrollTop > 0), "the view jumped to the oldest message");
        }
        await ann.page.$eval("#older", button => button.click()); // A click of the mouse would scroll to it first.
        await ann.until(() => document.querySelectorAll("#messages .message").length === 100);
        await ann.until(() => !document.getElementById("beginning").hidden && document.getElementById("older").hidden);
        assert.deepEqual((await ann.messages()).map(([, text]) => text), send.map(each => each.data.text));
        // Whoever reads the past is not moved by what is said now, and is told of it.
        await ann.page.evaluate(() => { document.getElementById("scroll").scrollTop = 10; });
        const more = await ann.ask("/ticket", {});
        await ann.ask("/rt/session", { ticket: more.body.ticket, send: [{ op: "publish", room: `chat:${room}`, data: { text: "now" } }] });
        await ann.sees("ann", "now");
        assert.equal(await ann.page.$eval("#newest", button => button.hidden), false);
        await ann.page.click("#newest");
        await ann.until(() => document.getElementById("newest").hidden);
        await ann.assertNoComplaints();
      });
    });

    test("shows text as text, whatever it looks like, and what it does not know as that", async () => {
      await withUsers(["ann", "bert"], async (ann, bert) => {
        await ann.enter(`text-${name}`);
        await bert.enter(`text-${name}`);
        await ann.say(SCRIPT);
        await bert.sees("ann", SCRIPT);
        await ann.page.click("#topic-edit");
        await ann.page.$eval("#topic-text", (input, text) => { input.value = text; }, SCRIPT);
        await ann.page.click('#topic-form button[type="submit"]');
        await bert.until(text => document.getElementById("topic").textContent === text, SCRIPT);
        const { body } = await ann.ask("/ticket", {});
        const said = (event, data) => ({ op: "publish", room: `chat:text-${name}`, event, data });
        await ann.ask("/rt/session", { ticket: body.ticket, send: [said("wave", {}), said("message", { text: ["not", "text"] }), said("constructor", 1), said("message", null)] });
        await bert.until(() => document.querySelectorAll("#messages .note").length === 4);
        assert.match(await bert.text("#messages .note"), /ann sent something that this page does not know: “wave”\./);
        assert.equal(await bert.page.$$eval("#chat img:not(.top img), #chat script", found => found.length), 0);
        await ann.assertNoComplaints();
        await bert.assertNoComplaints();
      });
    });

    test("refuses what is too long with a sentence, and keeps the text and the connection", async () => {
      await withUsers(["ann"], async ann => {
        await ann.enter(`long-${name}`);
        await ann.say("x".repeat(3_000));
        await ann.until(() => /too long\. It may have 2,048 bytes/.test(document.getElementById("composer-fault").textContent));
        assert.equal(await ann.page.$eval("#text", input => input.value.length), 3_000);
        await ann.say("short");
        await ann.sees("ann", "short");
        assert.equal(await ann.page.$eval("#composer-fault", fault => fault.hidden), true);
        await ann.page.click("#topic-edit");
        await ann.page.$eval("#topic-text", input => { input.value = "x".repeat(200); });
        await ann.page.click('#topic-form button[type="submit"]');
        await ann.until(() => /A topic is one line of 1 to 120 characters/.test(document.getElementById("composer-fault").textContent));
        assert.deepEqual(await ann.messages(), [["ann", "short"]]);
        await ann.assertNoComplaints();
      });
    });

    test("goes on over another transport, and over its own with new tickets, and nothing is lost", async () => {
      await withUsers(["ann", "bert"], async (ann, bert) => {
        await ann.enter(`over-${name}`);
        await bert.enter(`over-${name}`);
        const said = [];
        for (const transport of ["longpoll", "stream", "poll", "websocket"]) {
          await ann.page.select("#transport", transport);
          await bert.say(`before ${transport}`);
          await ann.until(transport => chat.transport === transport && chat.state === "open", transport);
          await ann.say(`over ${transport}`);
          await bert.sees("ann", `over ${transport}`);
          await ann.sees("bert", `before ${transport}`);
          said.push(`before ${transport}`, `over ${transport}`);
        }
        assert.deepEqual((await ann.messages()).map(([, text]) => text).sort(), said.sort());
        // Bert's connection has outlived the ticket that it was opened with, by another one.
        await bert.until(() => performance.getEntriesByType("resource").filter(entry => entry.name.endsWith("/ticket")).length >= 1);
        assert.deepEqual(await bert.page.evaluate(() => [chat.state, chat.counters.reconnects]), ["open", 0]);
        await ann.assertNoComplaints();
        await bert.assertNoComplaints();
      });
    });

    test("can be used with the keyboard alone", async () => {
      const chat = await Chat.open(browser, cable.address);
      try {
        const { keyboard } = chat.page;
        await keyboard.type("carla"); // The name has the focus.
        await keyboard.press("Tab");
        await keyboard.type(passwords.carla);
        await keyboard.press("Enter");
        await chat.connected();
        await keyboard.type("first"); // And then the message has it.
        await keyboard.down("Shift");
        await keyboard.press("Enter");
        await keyboard.up("Shift");
        await keyboard.type("line");
        await keyboard.press("Enter");
        await chat.sees("carla", "first\nline");
        await chat.page.$eval("#sign-out", button => button.focus());
        await keyboard.press("Tab"); // The first room,
        await keyboard.press("Tab"); // the second.
        await keyboard.press("Enter");
        await chat.until(() => chat.room === "birds");
        for (let pressed = 0; pressed < 12 && await chat.page.evaluate(() => document.activeElement.id) !== "topic-edit"; pressed++) {
          await keyboard.press("Tab");
        }
        await keyboard.press("Enter");
        await keyboard.type("never");
        await keyboard.press("Escape");
        assert.equal(await chat.page.evaluate(() => document.activeElement.id), "topic-edit");
        await chat.assertNoComplaints();
      } finally {
        await chat.close();
      }
    });

    test("fits a phone of 360 pixels, names every control, and can be read in light and in dark", async () => {
      await withUsers(["ann"], async ann => {
        await ann.enter("a-room-with-a-long-name-of-32-ch");
        await ann.say("unbroken".repeat(100));
        await ann.until(() => document.querySelectorAll("#messages .message").length === 1);
        const [content, width] = await ann.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(width === 360 && content <= width, `${content} pixels on a page of ${width}`);
        const unnamed = await ann.page.$$eval("input, textarea, select, button", controls => controls
          .filter(control => !(control.labels?.length > 0 || control.textContent.trim() || control.ariaLabel))
          .map(control => control.outerHTML));
        assert.deepEqual(unnamed, []);
        // Firefox has no way for a test to switch: it is looked at as it comes.
        for (const scheme of name === "chromium" ? ["light", "dark"] : ["as it comes"]) {
          if (name === "chromium") {
            await ann.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
          }
          assert.deepEqual(await ann.page.evaluate(unreadable), [], scheme);
        }
        await ann.assertNoComplaints();
      }, { width: 360, height: 700 });
    });

    // The last one: it kills the server.
    test("says that nothing answers, keeps what is said, and goes on when it is back", async () => {
      await withUsers(["ann", "bert"], async (ann, bert) => {
        await ann.enter(`back-${name}`);
        await bert.enter(`back-${name}`);
        await ann.say("before");
        await bert.sees("ann", "before");
        await ann.sees("ann", "before");
        await ann.until(() => document.querySelectorAll("#outgoing li").length === 0);
        await server.kill();
        await ann.until(() => document.getElementById("state-word").textContent === "Not connected");
        await ann.say("meanwhile");
        await ann.until(() => document.querySelector("#outgoing .text")?.textContent === "meanwhile");
        server = await startChat();
        cable.leadTo(server.address);
        for (const chat of [ann, bert]) {
          await chat.until(() => {
            const retry = document.getElementById("retry");
            if (!retry.hidden) {
              retry.click();
            }
            return chat.state === "open";
          });
        }
        await bert.sees("ann", "meanwhile");
        await ann.sees("ann", "meanwhile");
        // The logs were in the memory of the process that was killed: the page says so, and keeps what it has.
        assert.deepEqual((await bert.messages()).map(([, text]) => text), ["before", "meanwhile"]);
        assert.match(await bert.text("#messages .note"), /began this room anew/);
        assert.equal(await ann.page.$$eval("#outgoing li", items => items.length), 0);
      });
    });
  });
}
