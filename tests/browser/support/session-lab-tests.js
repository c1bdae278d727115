import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, missing } from "./browsers.js";
import { layCable } from "./cable.js";
import { publish, Publisher } from "./publisher.js";
import { startServer } from "./server.js";
import { SessionLab } from "./session-lab.js";

const KINDS = ["poll", "longpoll", "stream", "websocket"];

/**
 * The tests of the session page in one browser.
 * A round goes through the four transports, beginning with another one each time, forwards or backwards.
 */
export function testSessionLabIn(name, rounds) {
  const why = missing(name);
  if (why) {
    test(`the session page in ${name}`, { skip: why }, () => {}); // A skipped suite would not be counted.
    return;
  }
  describe(`the session page in ${name}`, { timeout: 600_000, concurrency: 1 }, () => {
    let server, cable, browser;
    before(async () => {
      browser = await launch(name);
      server = await startServer();
      cable = await layCable(server.address);
    });
    after(async () => {
      await browser?.close();
      await cable?.remove();
      await server?.stop();
    });

    // Opens the page with rooms of these names, and closes it whatever becomes of the test.
    const withLab = async (rooms, transport, body, viewport) => {
      const lab = await SessionLab.open(browser, cable.address, { rooms: rooms.join(","), transport }, viewport);
      try {
        await lab.inRooms(...rooms);
        await body(lab);
      } finally {
        await lab.close();
      }
    };

    for (const kind of KINDS) {
      test(`reads several rooms, and publishes in each, over ${kind}`, async () => {
        const rooms = ["a", "b", "c"].map(each => `${each}-${kind}-${name}`);
        await withLab(rooms, kind, async lab => {
          for (const [index, room] of rooms.entries()) {
            const said = await lab.send(room, `{"n":${index}}`);
            assert.match(said, new RegExp(`^Stored in ${room} at [^ ]+-1-[^ ]+\\. The reply took (< 1 ms|\\d+ ms|[\\d.]+ s)\\.$`));
            await publish(server.address, room, "from elsewhere", "other");
          }
          await lab.until(rooms => rooms.every(room => lab.rooms[room].received === 2), rooms);
          for (const room of rooms) {
            assert.deepEqual(await lab.offsets(room), [1, 2]);
            const { verdict, duplicates, missing } = (await lab.state()).rooms[room];
            assert.deepEqual([verdict, duplicates, missing], ["ok", 0, 0]);
          }
          await lab.until(room => document.querySelectorAll(`#entries [data-room="${room}"]`).length === 2, rooms[1]);
          assert.deepEqual(await lab.page.$$eval(`#entries [data-room="${rooms[1]}"] .data`, found => found.map(each => each.textContent)), ['"from elsewhere"', '{"n":1}']);
          await lab.assertNoComplaints();
        });
      });

      test(`joins and leaves rooms while it runs over ${kind}`, async () => {
        const [stays, comes] = ["stays", "comes"].map(each => `${each}-${kind}-${name}`);
        await publish(server.address, comes, "before");
        await withLab([stays], kind, async lab => {
          const publisher = new Publisher(server.address, stays);
          await lab.join(comes);
          await lab.inRooms(stays, comes);
          await lab.until(room => lab.rooms[room].received === 1, comes);
          assert.ok(lab.page.url().includes(`rooms=${stays},${comes}&`));
          await publish(server.address, comes, "while there");
          await lab.until(room => lab.rooms[room].received === 2, comes);
          await lab.leave(comes);
          await lab.until(room => lab.rooms[room] === undefined && !document.querySelector(`.of-session[data-room="${room}"]`), comes);
          await publish(server.address, comes, "while away");
          await lab.brings(kind, 3, [stays]);
          assert.deepEqual(await lab.offsets(comes), [1, 2]);
          await lab.join(comes);
          await lab.until(room => lab.rooms[room]?.received === 3, comes);
          assert.deepEqual(await lab.offsets(comes), [1, 2, 1, 2, 3]);
          await lab.assertWhole([publisher]);
          await lab.assertNoComplaints();
        });
      });

      test(`cuts, and resumes the session and every room at its position, over ${kind}`, async () => {
        const rooms = ["one", "two"].map(each => `${each}-${kind}-${name}`);
        await withLab(rooms, kind, async lab => {
          const publishers = rooms.map(room => new Publisher(server.address, room));
          await lab.brings(kind, 3, rooms);
          await lab.cut();
          const { rooms: before } = await lab.state();
          await Promise.all(publishers.map(publisher => publisher.more(5)));
          assert.deepEqual((await lab.state()).rooms, before);
          await lab.page.click('#send-form button[type="submit"]');
          await lab.until(() => document.getElementById("fault-words").textContent.includes("cut"));
          await lab.resume();
          await lab.brings(kind, 3, rooms);
          assert.equal((await lab.state()).resumed, true);
          await lab.until(() => document.getElementById("resumed").textContent === "resumed");
          await lab.assertWhole(publishers);
          await lab.assertNoComplaints();
        });
      });
    }

    test("goes through all transports while others and the page itself publish, and loses and repeats nothing in any room", async () => {
      const rooms = ["x", "y", "z"].map(each => `${each}-switch-${name}`);
      const own = `own-${name}`;
      await withLab([own], "poll", async lab => {
        await lab.page.$eval("#every", every => { every.value = "25"; });
        await lab.page.click("#steady");
        const publishers = rooms.map(room => new Publisher(server.address, room));
        for (const room of rooms) {
          await lab.join(room);
          await lab.inRooms(room);
        }
        await lab.leave(own); // The page's own publisher goes on in the rooms that are left: they have two writers now.
        for (const step of rounds) {
          for (let index = 0; index < KINDS.length; index++) {
            const kind = KINDS[(index * (step === 2 ? 1 : step) + step) % KINDS.length];
            await lab.choose(kind);
            await lab.brings(kind, 3, rooms);
          }
        }
        await lab.page.click("#steady");
        await Promise.all(publishers.map(publisher => publisher.stop()));
        const ends = await Promise.all(rooms.map(async room => publish(server.address, room, "end")));
        await lab.until((rooms, ends) => rooms.every((room, index) => Number(lab.rooms[room].position.split("-").at(-2)) >= ends[index]), rooms, ends);
        for (const room of rooms) {
          const offsets = await lab.offsets(room);
          assert.deepEqual(offsets, offsets.map((_, index) => offsets[0] + index));
          assert.ok(publishers[rooms.indexOf(room)].last < offsets.at(-1));
          const { received, duplicates, missing } = (await lab.state()).rooms[room];
          assert.deepEqual([received, duplicates, missing], [offsets.length, 0, 0]);
        }
        assert.equal(await lab.page.$eval("#fault", fault => fault.hidden), true, await lab.page.$eval("#fault-words", words => words.textContent));
        await lab.assertNoComplaints();
      });
    });

    test("comes back by itself when the cable is pulled, as the same session, and loses and repeats nothing", async () => {
      const rooms = ["p", "q"].map(each => `${each}-pulled-${name}`);
      await withLab(rooms, "websocket", async lab => {
        const publishers = rooms.map(room => new Publisher(server.address, room));
        for (const kind of ["websocket", "stream", "longpoll", "poll", "websocket"]) {
          await lab.choose(kind);
          await lab.brings(kind, 3, rooms);
          cable.pull();
          await Promise.all(publishers.map(publisher => publisher.more(4)));
          await lab.brings(kind, 3, rooms);
          assert.equal((await lab.state()).resumed, true);
        }
        await lab.assertWhole(publishers);
        await lab.assertNoComplaints({ pulled: true });
      });
    });

    test("says reset in each room, and that the session is a new one, when the server is another one", async () => {
      const successor = await startServer();
      const rooms = ["r", "s"].map(each => `${each}-reset-${name}`);
      try {
        await withLab(rooms, "websocket", async lab => {
          for (const room of rooms) {
            await publish(server.address, room, "old");
            await lab.until(room => lab.rooms[room].received === 1, room);
            await publish(successor.address, room, "new");
          }
          cable.leadTo(successor.address);
          await lab.until(rooms => rooms.every(room => lab.rooms[room].verdict === "reset" && lab.rooms[room].received === 2), rooms);
          const state = await lab.state();
          assert.equal(state.resumed, false);
          assert.deepEqual(rooms.map(room => [state.rooms[room].duplicates, state.rooms[room].missing]), [[0, 0], [0, 0]]);
          await lab.until(() => [...document.querySelectorAll("#entries .warning")].some(line => line.textContent.includes("a new session")));
        });
      } finally {
        cable.leadTo(server.address);
        await successor.stop();
      }
    });

    test("shows what the server refuses: data that is not JSON, a reserved event, a room too many", async () => {
      await withLab([`few-${name}`], "websocket", async lab => {
        const refused = async code => {
          await lab.page.click('#send-form button[type="submit"]');
          await lab.until(code => document.getElementById("fault-code").textContent === code, code);
        };
        for (const kind of ["websocket", "poll"]) {
          await lab.choose(kind);
          await lab.connected();
          await lab.page.$eval("#data", data => { data.value = "1,\"room\":\"elsewhere\""; });
          await refused("data.json");
          await lab.page.$eval("#data", data => { data.value = "1"; });
          await lab.page.$eval("#event", event => { event.value = "godwit"; });
          await refused("event.reserved");
          await lab.page.$eval("#event", event => { event.value = "message"; });
          await lab.page.click("#fault-close");
          assert.equal((await lab.state()).state, "open");
        }
      });
      const many = Array.from({ length: 128 }, (_, index) => `many-${index}-${name}`);
      await withLab(many, "websocket", async lab => {
        await lab.join("one-more");
        await lab.until(() => document.querySelector('.of-session[data-room="one-more"]')?.dataset.state === "refused");
        assert.match(await lab.page.$eval('.of-session[data-room="one-more"] .note', note => note.textContent), /rooms\.limit/);
        await lab.choose("poll");
        await lab.inRooms(...many);
        await lab.leave(many[0]);
        await lab.leave("one-more");
        await lab.join("one-more");
        await lab.inRooms("one-more");
        await lab.assertNoComplaints();
      });
    });

    test("can be used with the keyboard alone", async () => {
      const [first, second] = ["k1", "k2"].map(each => `${each}-${name}`);
      await withLab([first], "poll", async lab => {
        const { keyboard } = lab.page;
        await lab.tabTo("#room");
        await keyboard.type(second);
        await keyboard.press("Enter");
        await lab.inRooms(first, second);
        await lab.tabTo('input[name="transport"]:checked');
        await keyboard.press("ArrowLeft");
        await lab.until(() => lab.transport === "websocket" && lab.state === "open");
        await lab.page.waitForSelector(`.of-session[data-room="${second}"] button`);
        await lab.tabTo(`.of-session[data-room="${second}"] button`);
        await keyboard.press("Enter");
        await lab.until(room => lab.rooms[room] === undefined && document.activeElement.id === "room", second);
        await lab.tabTo("#every");
        await keyboard.press("Enter");
        await lab.until(room => lab.rooms[room].received >= 2, first);
        await lab.tabTo("#data");
        await keyboard.down("Control");
        await keyboard.press("Enter");
        await keyboard.up("Control");
        await lab.until(() => document.querySelector("#sent").textContent.startsWith("Stored in"));
        await lab.assertNoComplaints();
      });
    });

    test("names every control, and fits a phone of 360 pixels with long contents", async () => {
      const rooms = [`${name}-`.padEnd(200, "long"), `short-${name}`];
      await withLab(rooms, "stream", async lab => {
        await publish(server.address, rooms[0], "unbroken".repeat(200), "e".repeat(64));
        await lab.until(() => document.querySelectorAll("#entries [data-offset]").length === 1);
        await lab.send(rooms[0], '{"short":true}');
        await lab.page.$eval("#data", data => { data.value = "[".repeat(65) + "]".repeat(65); });
        await lab.page.click('#send-form button[type="submit"]');
        await lab.until(() => document.getElementById("fault-code").textContent === "data.depth");
        const [content, width] = await lab.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(width === 360 && content <= width, `${content} pixels on a page of ${width}`);
        const unnamed = await lab.page.$$eval("input, select, textarea, button, fieldset", controls => controls
          .filter(control => !(control.labels?.length > 0 || control.textContent.trim() || control.querySelector?.("legend")))
          .map(control => control.outerHTML));
        assert.deepEqual(unnamed, []);
        await lab.assertNoComplaints();
      }, { width: 360, height: 740 });
    });
  });
}
