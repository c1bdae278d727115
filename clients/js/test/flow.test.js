import assert from "node:assert/strict";
import { test } from "node:test";
import { Flow } from "../client/flow.js";
import { settle } from "./support/fake-time.js";

function flowOf(limit = 100) {
  const heard = [];
  const pressed = [];
  let listening = false;
  const flow = new Flow(limit, { any: () => listening, tell: entry => listening && heard.push(entry) }, each => pressed.push(each));
  const listen = () => {
    listening = true;
    flow.attach();
  };
  return { flow, heard, pressed, listen, deafen: () => { listening = false; } };
}

test("what comes before anybody takes it is kept for the first who does", async () => {
  const { flow, heard, listen } = flowOf();
  [1, 2].forEach(n => flow.push(n));
  listen();
  flow.push(3); // Before the listener got what was kept: the order stays.
  await settle();
  flow.push(4);
  assert.deepEqual(heard, [1, 2, 3, 4]);
});

test("a listener and two iterators each get everything", async () => {
  const { flow, heard, listen } = flowOf();
  const [a, b] = [flow.read(), flow.read()];
  listen();
  const asked = a.next();
  [1, 2, 3].forEach(n => flow.push(n));
  assert.equal((await asked).value, 1);
  assert.deepEqual([(await a.next()).value, (await a.next()).value], [2, 3]);
  assert.deepEqual([(await b.next()).value, (await b.next()).value, (await b.next()).value], [1, 2, 3]);
  assert.deepEqual(heard, [1, 2, 3]);
});

test("an iteration that is broken off leaves the rest to the next", async () => {
  const { flow } = flowOf();
  [1, 2, 3, 4].forEach(n => flow.push(n));
  const got = [];
  for await (const n of flow.read()) {
    got.push(n);
    if (n === 2) {
      break;
    }
  }
  flow.push(5);
  for await (const n of flow.read()) {
    got.push(n);
    if (n === 5) {
      break;
    }
  }
  assert.deepEqual(got, [1, 2, 3, 4, 5]);
});

test("what a listener has had is not kept for an iterator that is broken off", async () => {
  const { flow, heard, listen } = flowOf();
  listen();
  const reading = flow.read();
  flow.push(1);
  await reading.return();
  await settle();
  assert.deepEqual(heard, [1]);
});

test("too much that waits presses, until half of it is taken", async () => {
  const { flow, pressed } = flowOf(4);
  const reading = flow.read();
  [1, 2, 3, 4, 5].forEach(n => flow.push(n));
  assert.deepEqual(pressed, [true]);
  await reading.next();
  await reading.next();
  assert.deepEqual(pressed, [true]);
  await reading.next();
  assert.deepEqual(pressed, [true, false]);
});

test("at the end what waits is still given, then the iteration ends, or throws once", async () => {
  const { flow } = flowOf();
  const [left, refused] = [flow.read(), flow.read()];
  flow.push(1);
  flow.end(new Error("why"));
  assert.equal((await left.next()).value, 1);
  await assert.rejects(left.next(), /why/);
  assert.deepEqual(await left.next(), { value: undefined, done: true });
  await refused.next();
  await assert.rejects(refused.next(), /why/);
  const { flow: other } = flowOf();
  const waiting = other.read().next();
  other.end(null);
  assert.deepEqual(await waiting, { value: undefined, done: true });
  assert.deepEqual(await other.read().next(), { value: undefined, done: true });
});
