import assert from "node:assert/strict";
import { test } from "node:test";
import { scene, watch } from "./support/scene.js";

/** A client whose tokens last so many ms. */
function signedIn(life, more = {}) {
  let made = 0;
  const fake = scene({ options: { token: async () => {
    fake.server.expires = fake.time.now() + life;
    return `token ${++made}`;
  }, ...more } });
  return Object.assign(fake, { made: () => made });
}

for (const kind of ["websocket", "stream", "longpoll", "poll"]) {
  test(`${kind}: a token is replaced before it ends, without a break`, async () => {
    const fake = signedIn(300_000, { transports: [kind] });
    const seen = watch(fake.godwit.join("lobby"));
    await fake.time.advance(1000);
    for (let n = 0; n < 20; n++) {
      fake.server.publish("lobby", n);
      await fake.time.advance(60_000);
    }
    assert.deepEqual(seen.data, Array.from({ length: 20 }, (_, n) => n));
    assert.ok(fake.made() >= 4 && fake.made() <= 6, `${fake.made()} tokens in 20 minutes`);
    assert.equal(fake.server.shown.includes(`token ${fake.made()}`), true);
    assert.deepEqual(fake.states, ["connecting", "open"]);
  });
}

test("a token that ended while there was no network is replaced before it is shown", async () => {
  const fake = signedIn(60_000);
  const seen = watch(fake.godwit.join("lobby"));
  await fake.time.advance(5000);
  fake.server.up = false;
  fake.server.cut();
  await fake.time.advance(600_000);
  fake.server.up = true;
  fake.server.shown.length = 0;
  fake.server.publish("lobby", 1);
  await fake.time.advance(40_000);
  assert.deepEqual(seen.data, [1]);
  assert.ok(!fake.server.shown.includes("token 1"), fake.server.shown.join());
});

test("a token that the server refuses is replaced once; refused again, it is the end", async () => {
  const fake = signedIn(600_000, { transports: ["poll"] });
  fake.server.problem = { status: 401, code: "token.signature", title: "The token is not signed by a key that is known." };
  fake.godwit.join("lobby");
  await fake.time.advance(60_000);
  assert.equal(fake.godwit.state.code, "token.signature");
  assert.equal(fake.made(), 2);
  assert.equal(fake.server.attempts.length, 2);
});

test("a token that is given as text is the only one there is", async () => {
  const fake = scene({ options: { token: "text", transports: ["poll"] } });
  fake.server.expires = fake.time.now() + 10_000;
  fake.godwit.join("lobby");
  await fake.time.advance(9000);
  assert.equal(fake.godwit.state.name, "open");
  fake.server.problem = { status: 401, code: "token.expired", title: "The token has ended." };
  await fake.time.advance(10_000);
  assert.equal(fake.godwit.state.code, "token.expired");
});

test("a page that cannot make a token now is asked again, ever more seldom", async () => {
  let asked = 0;
  const fake = scene({ options: { token: () => {
    asked++;
    throw new Error("the login server is away");
  } } });
  fake.godwit.join("lobby");
  await fake.time.advance(600_000);
  assert.ok(asked > 5 && asked < 80, `${asked} times in ten minutes`);
  assert.equal(fake.godwit.counters.requests, 0);
  assert.equal(fake.godwit.state.code, "token.unavailable");
});

test("where nobody is signed in any more the client ends", async () => {
  const fake = scene({ options: { token: () => null } });
  fake.godwit.join("lobby");
  await fake.time.advance(5000);
  assert.deepEqual([fake.godwit.state.name, fake.godwit.state.code], ["closed", "credential.missing"]);
});

test("a token function that never answers is given up after half a minute", async () => {
  const fake = scene({ options: { token: () => new Promise(() => {}), openTimeout: 60_000 } });
  const codes = [];
  fake.godwit.on("state", state => codes.push(state.code));
  fake.godwit.join("lobby");
  await fake.time.advance(31_000);
  assert.ok(codes.includes("token.unavailable"), codes.join());
});

test("each connection shows a ticket of its own", async () => {
  let made = 0;
  const fake = scene({ options: { ticket: () => `ticket ${++made}` } });
  watch(fake.godwit.join("lobby"));
  for (let n = 0; n < 3; n++) {
    await fake.time.advance(20_000);
    fake.server.cut();
  }
  await fake.time.advance(20_000);
  assert.deepEqual(fake.server.shown, ["ticket 1", "ticket 2", "ticket 3", "ticket 4"]);
});

test("a clock that is hours off does not have tokens asked for all the time", async () => {
  let made = 0;
  const fake = scene({ options: { token: () => `token ${++made}` } });
  fake.server.expires = fake.time.now() - 7_200_000;
  fake.godwit.join("lobby");
  for (let n = 0; n < 60; n++) {
    fake.server.expires += 60_000;
    await fake.time.advance(60_000);
  }
  assert.ok(made <= 62, `${made} tokens in an hour`);
});
