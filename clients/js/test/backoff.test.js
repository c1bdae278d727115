import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../client/backoff.js";
import { FakeTime } from "./support/fake-time.js";

test("waits are random up to a bound that doubles, and no longer than the most", () => {
  const backoff = new Backoff(new FakeTime(), 1000, 30_000);
  const waits = Array.from({ length: 2000 }, () => {
    backoff.reset();
    return Array.from({ length: 8 }, () => backoff.next());
  });
  for (let step = 0; step < 8; step++) {
    const bound = Math.min(30_000, 1000 * 2 ** step);
    const sorted = waits.map(each => each[step]).sort((a, b) => a - b);
    assert.ok(sorted.at(-1) <= bound && sorted.at(-1) > bound * 0.95, `step ${step}: the longest is ${sorted.at(-1)}`);
    assert.ok(sorted[0] < bound * 0.05, `step ${step}: the shortest is ${sorted[0]}`);
  }
});

test("what the server asks for is the least", () => {
  assert.ok(new Backoff(new FakeTime(), 1000, 30_000).next(45_000) >= 45_000);
});
