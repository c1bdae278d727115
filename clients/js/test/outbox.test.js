import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../client/outbox.js";
import { FakeTime, settle } from "./support/fake-time.js";

const PUBLISH = { repeats: true, within: 270_000, codes: ["publish.unsent", "outcome.unknown"] };
const REQUEST = { repeats: false, within: 30_000, codes: ["answer.timeout", "outcome.unknown"] };

function outboxOf(limit = 10) {
  const time = new FakeTime();
  const outbox = new Outbox(time.environment(), limit, () => {});
  const outcomes = new Map();
  let id = 0;
  const add = (how = PUBLISH, fields = {}) => {
    const frame = { op: "publish", id: ++id, ...fields };
    outbox.add(frame, how).then(answer => outcomes.set(frame.id, answer.position), fault => outcomes.set(frame.id, fault.code));
    return frame.id;
  };
  return { time, outbox, outcomes, add };
}

const ids = items => items.map(item => item.id);

test("what a lost connection had is sent again, in order, before what is new", async () => {
  const { outbox, add } = outboxOf();
  const [a, b] = [{}, {}];
  add();
  add();
  assert.deepEqual(ids(outbox.take(a)), [1, 2]);
  add();
  outbox.lost(a);
  assert.deepEqual(ids(outbox.take(b)), [1, 2, 3]);
  assert.deepEqual(ids(outbox.take(b)), []);
});

test("each is settled once: an answer that comes twice, or late, is nobody's", async () => {
  const { time, outbox, outcomes, add } = outboxOf();
  add();
  add();
  outbox.take({});
  assert.equal(outbox.answer({ op: "reply", id: 1, position: "p" }), true);
  assert.equal(outbox.answer({ op: "reply", id: 1, position: "q" }), false);
  await time.advance(270_000);
  assert.equal(outbox.answer({ op: "reply", id: 2, position: "p" }), false);
  assert.deepEqual([...outcomes], [[1, "p"], [2, "outcome.unknown"]]);
});

test("the time in which a publish may be repeated begins when it is first sent", async () => {
  const { time, outbox, outcomes, add } = outboxOf();
  add();
  await time.advance(200_000);
  outbox.take({});
  await time.advance(269_000);
  assert.equal(outcomes.size, 0);
  await time.advance(2000);
  assert.deepEqual([...outcomes], [[1, "outcome.unknown"]]);
});

test("what was never sent says so", async () => {
  const { time, outcomes, add } = outboxOf();
  add();
  await time.advance(271_000);
  assert.deepEqual([...outcomes], [[1, "publish.unsent"]]);
});

test("what may not be repeated is rejected when its connection is lost, unless nothing of it was carried out", async () => {
  const { outbox, outcomes, add } = outboxOf();
  const connection = {};
  add(REQUEST);
  outbox.take(connection);
  outbox.lost(connection, true);
  assert.deepEqual(ids(outbox.take(connection)), [1]);
  outbox.lost(connection);
  await settle();
  assert.deepEqual([...outcomes], [[1, "outcome.unknown"]]);
});

test("what is refused for now is sent again when the server says, and nothing overtakes it", async () => {
  const { time, outbox, outcomes, add } = outboxOf();
  const connection = {};
  add();
  outbox.take(connection);
  outbox.answer({ op: "error", id: 1, code: "publish.rate", retry: 5000 });
  add();
  assert.deepEqual(ids(outbox.take(connection)), []);
  await time.advance(4900);
  assert.deepEqual(ids(outbox.take(connection)), []);
  await time.advance(5000);
  assert.deepEqual(ids(outbox.take(connection)), [1, 2]);
  outbox.answer({ op: "error", id: 1, code: "key.reused" });
  await settle();
  assert.deepEqual([...outcomes], [[1, "key.reused"]]);
});

test("it is bounded, by number and by octets, and a frame that no exchange can carry is refused at once", async () => {
  const { outbox, outcomes, add } = outboxOf(3);
  [1, 2, 3, 4].forEach(() => add());
  await settle();
  assert.deepEqual([...outcomes], [[4, "outbox.full"]]);
  outbox.answer({ op: "reply", id: 1, position: "p" });
  add(PUBLISH, { data: "x".repeat(983_040) });
  await settle();
  assert.equal(outcomes.get(5), "entry.too_large");
  const large = outboxOf(1000);
  for (let n = 0; n < 6; n++) {
    large.add(PUBLISH, { data: "x".repeat(900_000) });
  }
  await settle();
  assert.deepEqual([...large.outcomes.values()], ["outbox.full", "outbox.full"]);
});

test("a batch ends at the number or the octets, and has one in any case", () => {
  const { outbox, add } = outboxOf(100);
  add(PUBLISH, { data: "x".repeat(600_000) });
  add();
  add();
  const connection = {};
  assert.deepEqual(ids(outbox.take(connection, 100, 512 << 10)), [1]);
  assert.deepEqual(ids(outbox.take({}, 1)), [], "another connection waits for the answer to the first");
  assert.deepEqual(ids(outbox.take(connection, 1)), [2]);
});
