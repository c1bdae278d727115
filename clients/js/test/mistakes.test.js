import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { Godwit, GodwitError } from "../client.js";
import { startGuardedServer, startServer, tokenOf, until } from "./support/real.js";
import { watch } from "./support/scene.js";

const KINDS = ["websocket", "stream", "longpoll", "poll"];
const QUICK = { remember: false, openTimeout: 4000, backoff: { first: 100, most: 1000 }, wait: 5, pollInterval: 250 };

describe("what is wrong is told", { concurrency: 4, timeout: 120_000 }, () => {
  let [open, guarded] = [];
  before(async () => {
    [open, guarded] = await Promise.all([startServer(), startGuardedServer({ access: { grace: "30s" } })]);
  });
  after(() => Promise.all([open.stop(), guarded.stop()]));

  test("a wrong path of a Godwit server: it says that there is nothing", async () => {
    const godwit = new Godwit(`${open.address}/rt/elsewhere`, QUICK);
    await assert.rejects(godwit.publish("lobby", "message", 1), { code: "path.unknown" });
    assert.equal(godwit.state.name, "closed");
  });

  test("another server: it is said to be that, and asked ever more seldom", async () => {
    let asked = 0;
    const other = createServer((_, answer) => {
      asked++;
      answer.writeHead(404, { "Content-Type": "text/html" }).end("<h1>Not found</h1>");
    });
    await new Promise(resolve => other.listen(0, "127.0.0.1", resolve));
    const godwit = new Godwit(`http://127.0.0.1:${other.address().port}/rt`, { ...QUICK, publishFor: 6000 });
    const codes = new Set();
    godwit.on("state", state => codes.add(state.code));
    await assert.rejects(godwit.publish("lobby", "message", 1), fault => fault instanceof GodwitError && ["publish.unsent", "outcome.unknown"].includes(fault.code));
    assert.ok(codes.has("answer.foreign"), [...codes].join());
    assert.ok(asked < 30, `${asked} requests`);
    godwit.close();
    other.close();
  });

  test("nobody there: there is one attempt for each wait", async () => {
    const gone = createServer();
    await new Promise(resolve => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address();
    await new Promise(resolve => gone.close(resolve));
    const godwit = new Godwit(`http://127.0.0.1:${port}/rt`, { ...QUICK, publishFor: 12_000 });
    let waits = 0;
    godwit.on("state", state => waits += state.name === "waiting" ? 1 : 0);
    await assert.rejects(godwit.publish("lobby", "message", 1), { code: "publish.unsent" });
    assert.ok(godwit.counters.requests <= waits + 1 && waits > 2, `${godwit.counters.requests} requests in ${waits} waits`);
    godwit.close();
  });

  for (const kind of KINDS) {
    test(`${kind}: without a token, with a false one, and with one for other rooms`, async () => {
      const options = { ...QUICK, transports: kind === "websocket" ? [kind, "poll"] : [kind] };
      const none = new Godwit(`${guarded.address}/rt`, options);
      await assert.rejects(none.publish("lobby", "message", 1), { code: "credential.missing" });
      const forged = new Godwit(`${guarded.address}/rt`, { ...options, token: () => tokenOf("ann", 60, "another secret of more than thirty-two characters") });
      await assert.rejects(forged.publish("lobby", "message", 1), { code: "token.signature" });
      assert.deepEqual([forged.state.name, forged.state.code], ["closed", "token.signature"]);
      const signedIn = new Godwit(`${guarded.address}/rt`, { ...options, token: () => tokenOf("ann", 60) });
      const room = signedIn.join(`lobby-${kind}`, { present: true, state: { mood: "good" } });
      const seen = watch(room);
      const told = [];
      room.on("members", members => told.push(members));
      await room.publish("message", 1);
      await until(() => seen.data.length === 1, "the entry");
      await until(() => told.length > 0 && told.at(-1).count === 1, "the members");
      assert.deepEqual(told.at(-1).members.map(member => [member.user, member.state]), [["ann", { mood: "good" }]]);
      assert.equal(room.members.members[0].session, room.self);
      signedIn.close();
    });

    test(`${kind}: a token is replaced in place, and one that ended during a gap as well`, async () => {
      let made = 0;
      const godwit = new Godwit(`${guarded.address}/rt`, { ...QUICK, transports: [kind], token: async () => {
        made++;
        return tokenOf("ann", 12);
      } });
      const name = `tokens-${kind}`;
      const room = godwit.join(name);
      const seen = watch(room);
      let n = 0;
      await room.publish("message", n++);
      const states = [];
      godwit.on("state", state => states.push(state.name));
      await until(async () => {
        await room.publish("message", n++);
        await new Promise(resolve => setTimeout(resolve, 100));
        return made >= 3;
      }, "three tokens");
      assert.deepEqual(states, [], `${kind}: it was never interrupted`);
      godwit.disconnect();
      await new Promise(resolve => setTimeout(resolve, 12_500)); // The token ends meanwhile, by the server's clock.
      godwit.connect();
      await room.publish("message", n++);
      await until(() => seen.data.length === n, "every entry");
      assert.deepEqual(seen.data, Array.from({ length: n }, (_, each) => each));
      assert.equal(godwit.counters.duplicates, 0);
      godwit.close();
    });
  }

  test("a token for some rooms: the others are refused, and those go on", async () => {
    const godwit = new Godwit(`${guarded.address}/rt`, { ...QUICK, token: tokenOf("ann", 60) });
    const rooms = [godwit.join("a"), godwit.join("b")];
    await Promise.all(rooms.map(room => room.publish("message", 1)));
    const crowd = Array.from({ length: 130 }, (_, n) => godwit.join(`crowd-${n}`));
    await until(() => crowd.filter(room => room.state.code === "rooms.limit").length === 4, "the rooms above the limit are refused");
    const refused = crowd.find(room => room.state.name === "closed");
    await assert.rejects(refused[Symbol.asyncIterator]().next(), { code: "rooms.limit" });
    await rooms[0].publish("message", 2);
    godwit.close();
  });

  test("a foreign page is refused by name", async () => {
    const godwit = new Godwit(`${guarded.address}/rt`, { ...QUICK, transports: ["poll"], fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, Origin: "https://evil.example" } }) });
    await assert.rejects(godwit.publish("lobby", "message", 1), { code: "origin.refused" });
  });
});
