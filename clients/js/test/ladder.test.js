import assert from "node:assert/strict";
import { test } from "node:test";
import { Ladder } from "../client/ladder.js";
import { FakeTime } from "./support/fake-time.js";

const ALL = ["websocket", "stream", "longpoll", "poll"];

/** A store like `localStorage`. */
function store(contents = new Map()) {
  return { contents, getItem: key => contents.get(key) ?? null, setItem: (key, value) => contents.set(key, value), removeItem: key => contents.delete(key) };
}

test("a transport that fails is left for the next, until a better one has shown itself", async () => {
  const time = new FakeTime();
  const ladder = new Ladder(ALL, time.environment(), null);
  assert.equal(ladder.kind, "websocket");
  ladder.strike("websocket", true);
  assert.equal(ladder.kind, "stream");
  ladder.strike("stream", true);
  ladder.strike("longpoll", true);
  assert.equal(ladder.kind, "poll");
  await time.advance(20_000);
  assert.equal(ladder.kind, "poll");
  ladder.take("websocket");
  assert.equal(ladder.kind, "websocket");
});

test("one failure that says little is forgiven, a second is not", () => {
  const ladder = new Ladder(ALL, new FakeTime().environment(), null);
  ladder.strike("websocket", false);
  assert.equal(ladder.kind, "websocket");
  ladder.strike("websocket", false);
  assert.equal(ladder.kind, "stream");
});

test("a transport that certainly does not do is left at once, however useful it was, and the last one never", () => {
  const ladder = new Ladder(ALL, new FakeTime().environment(), null);
  ladder.prove("websocket");
  assert.equal(ladder.drop("websocket"), true);
  assert.equal(ladder.kind, "stream");
  ladder.take("websocket");
  ladder.drop("websocket");
  assert.ok(ladder.better.in >= 15_000, "it is left alone, longer each time");
  ladder.take("poll");
  assert.equal(ladder.drop("poll"), false);
  assert.equal(ladder.kind, "poll");
});

test("a transport that was useful gets a second chance, and its penalty begins anew", async () => {
  const time = new FakeTime();
  const ladder = new Ladder(ALL, time.environment(), null);
  ladder.prove("websocket");
  ladder.strike("websocket", true);
  assert.equal(ladder.kind, "websocket");
  ladder.strike("websocket", true);
  assert.equal(ladder.kind, "stream");
});

test("penalties double, up to five minutes", async () => {
  const time = new FakeTime();
  const ladder = new Ladder(ALL, time.environment(), null);
  let last = 0;
  ladder.strike("websocket", true);
  ladder.prove("websocket");
  for (let n = 0; n < 10; n++) {
    ladder.block("websocket");
    last = ladder.better.in;
    assert.ok(last <= 300_000 * 1.25 && last >= Math.min(300_000, 10_000 * 2 ** n) * 0.75, `${n}: ${last}`);
  }
});

test("another network forgives everything", () => {
  const ladder = new Ladder(ALL, new FakeTime().environment(), null);
  ladder.block("websocket");
  ladder.block("stream");
  ladder.forgive();
  assert.equal(ladder.kind, "websocket");
});

test("the next page begins with what worked, and soon tries what is better", async () => {
  const time = new FakeTime();
  const kept = store();
  new Ladder(ALL, time.environment({ store: kept }), "godwit /rt").prove("longpoll");
  const ladder = new Ladder(ALL, time.environment({ store: kept }), "godwit /rt");
  assert.equal(ladder.kind, "longpoll");
  assert.deepEqual(ladder.better, { kind: "websocket", in: 10_000 });
  await time.advance(3_610_000);
  assert.equal(new Ladder(ALL, time.environment({ store: kept }), "godwit /rt").kind, "websocket", "after an hour it is forgotten");
});

test("what is remembered is the kind and the time, and nothing else; a store that fails harms nothing", () => {
  const kept = store();
  new Ladder(ALL, new FakeTime().environment({ store: kept }), "godwit /rt").prove("stream");
  assert.match(kept.contents.get("godwit /rt"), /^stream \d+$/);
  const broken = { getItem() { throw new Error("denied"); }, setItem() { throw new Error("full"); }, removeItem() {} };
  const ladder = new Ladder(ALL, new FakeTime().environment({ store: broken }), "godwit /rt");
  ladder.prove("stream");
  assert.equal(ladder.kind, "websocket");
  const odd = new Ladder(ALL, new FakeTime().environment({ store: store(new Map([["k", "carrier-pigeon 1e99"]])) }), "k");
  assert.equal(odd.kind, "websocket");
});

test("where there is no choice nothing is blocked", () => {
  const ladder = new Ladder(["websocket"], new FakeTime().environment(), null);
  ladder.strike("websocket", true);
  ladder.strike("websocket", true);
  assert.equal(ladder.kind, "websocket");
  assert.equal(ladder.better, null);
});
