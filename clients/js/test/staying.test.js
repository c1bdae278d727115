import assert from "node:assert/strict";
import { test } from "node:test";
import { scene, watch } from "./support/scene.js";

test("a connection that went silent is given up, and the next goes on", async () => {
  const fake = scene();
  const seen = watch(fake.godwit.join("lobby"));
  await fake.time.advance(30_000);
  const { length } = fake.server.attempts;
  fake.server.webSocket = "mute";
  await fake.time.advance(25_000 + 10_000);
  fake.server.webSocket = "ok";
  fake.server.publish("lobby", 1);
  await fake.time.advance(5000);
  assert.ok(fake.server.attempts.length > length);
  assert.deepEqual(seen.data, [1]);
});

test("an hour of sleep costs nothing where the connection lives, and one reconnection where it does not", async () => {
  const fake = scene();
  const seen = watch(fake.godwit.join("lobby"));
  await fake.time.advance(30_000);
  await fake.time.sleep(3_600_000);
  await fake.time.advance(60_000);
  assert.equal(fake.server.attempts.length, 1);
  await fake.time.sleep(3_600_000);
  fake.server.publish("lobby", "meanwhile");
  fake.server.cut();
  await fake.time.advance(5000);
  assert.equal(fake.server.attempts.length, 2);
  assert.deepEqual(seen.data, ["meanwhile"]);
});

test("a page that wakes up asks at once whether the connection lives", async () => {
  const [page, document] = [new EventTarget(), new EventTarget()];
  const fake = scene({ environment: { page, document } });
  watch(fake.godwit.join("lobby"));
  await fake.time.advance(30_000);
  fake.server.webSocket = "mute"; // The network was changed: what is sent goes nowhere.
  document.dispatchEvent(new Event("resume"));
  await fake.time.advance(5001);
  assert.notEqual(fake.godwit.state.name, "open");
  fake.server.webSocket = "ok";
  page.dispatchEvent(new Event("online"));
  await fake.time.advance(1100);
  assert.equal(fake.godwit.state.name, "open");
});

test("however many events a page gets, it tries no more than once a second", async () => {
  const page = new EventTarget();
  const fake = scene({ environment: { page } });
  fake.server.up = false;
  fake.godwit.join("lobby");
  for (let n = 0; n < 1000; n++) {
    page.dispatchEvent(new Event("online"));
    await fake.time.advance(10);
  }
  assert.ok(fake.server.attempts.length <= 12, `${fake.server.attempts.length} attempts in ten seconds`);
});

test("a page that is put away keeps no connection, and goes on when it is shown again", async () => {
  const page = new EventTarget();
  const fake = scene({ environment: { page } });
  const seen = watch(fake.godwit.join("lobby"));
  await fake.time.advance(5000);
  page.dispatchEvent(new Event("pagehide"));
  assert.deepEqual([fake.godwit.state.name, fake.godwit.state.code, fake.server.live], ["waiting", "page.hidden", 0]);
  fake.server.publish("lobby", 1);
  await fake.time.advance(600_000);
  assert.equal(fake.server.attempts.length, 1);
  page.dispatchEvent(new Event("pageshow"));
  await fake.time.advance(2000);
  assert.deepEqual(seen.data, [1]);
});

test("what is cut stays cut until it is told to go on, and nothing is lost", async () => {
  const fake = scene();
  const room = fake.godwit.join("lobby");
  const seen = watch(room);
  await fake.time.advance(5000);
  fake.godwit.disconnect();
  assert.equal(fake.godwit.state.code, "disconnected");
  assert.equal(fake.server.live, 0);
  fake.server.publish("lobby", 1);
  const published = room.publish("message", 2);
  await fake.time.advance(100_000);
  assert.equal(fake.server.attempts.length, 1);
  fake.godwit.connect();
  await fake.time.advance(2000);
  await published;
  assert.deepEqual(seen.data, [1, 2]);
});

test("a client that is closed leaves everything, tells all that waits, and takes nothing more", async () => {
  const fake = scene();
  const room = fake.godwit.join("lobby");
  await fake.time.advance(5000);
  fake.server.webSocket = "mute";
  const published = assert.rejects(room.publish("message", 1), { code: "client.closed" });
  const reading = room[Symbol.asyncIterator]().next();
  fake.godwit.close();
  await published;
  assert.deepEqual(await reading, { value: undefined, done: true });
  assert.throws(() => fake.godwit.join("lobby"), { code: "client.closed" });
  await assert.rejects(fake.godwit.publish("lobby", "message", 1), { code: "client.closed" });
  fake.godwit.connect();
  await fake.time.advance(600_000);
  assert.deepEqual([fake.server.live, fake.server.attempts.length, fake.godwit.state.name], [0, 1, "closed"]);
  assert.ok(fake.time.timers <= 1, `${fake.time.timers} timers run on`);
});
