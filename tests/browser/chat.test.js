import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { passwords, runChat, startChat } from "./support/chat-server.js";
import { testChatIn } from "./support/chat-tests.js";

// Both browsers mostly wait, so they do it at the same time.
describe("the chat", { concurrency: true }, () => {
  testChatIn("chromium");
  testChatIn("firefox");

  describe("the chat's server", { timeout: 600_000, concurrency: 1 }, () => {
    let chat;
    before(async () => {
      chat = await startChat("--Chat:SignInAttempts=10");
    });
    after(async () => {
      await chat?.stop();
    });

    const post = (path, body, origin) => fetch(`${chat.address}${path}`, {
      method: "POST", headers: { "Content-Type": "application/json", ...(origin && { Origin: origin }) }, body: JSON.stringify(body),
    });

    test("lets pages of no other origin sign somebody in, make tickets, or connect", async () => {
      for (const origin of ["https://evil.example", "http://localhost:1", null]) {
        assert.equal((await post("/sign-in", { name: "ann", password: passwords.ann }, origin)).status, 403, `sign-in from ${origin}`);
        assert.equal((await post("/ticket", {}, origin)).status, 401, `ticket from ${origin}`);
        assert.equal((await post("/sign-out", {}, origin)).status, 403, `sign-out from ${origin}`);
      }
      const refused = await post("/rt/session", { rooms: { "chat:general": "now" } }, "https://evil.example");
      assert.deepEqual([refused.status, (await refused.json()).code], [403, "origin.refused"]);
      assert.deepEqual(await handshake(chat.address, "https://evil.example"), [403, "origin.refused"]);
      assert.deepEqual(await handshake(chat.address, chat.address), [101, undefined]);
    });

    test("gives a ticket for a sign-in alone, and the sign-in to nobody who cannot say the password", async () => {
      assert.equal((await post("/ticket", { user: "ann" }, chat.address)).status, 401);
      for (const body of [{ name: "ann", password: "curlews" }, { name: "nobody", password: "curlew" }]) {
        const refused = await post("/sign-in", body, chat.address);
        assert.deepEqual([refused.status, (await refused.json()).title], [401, "That name and password do not fit together."]);
        assert.equal(refused.headers.get("set-cookie"), null);
      }
      const admitted = await post("/sign-in", { name: "ann", password: passwords.ann }, chat.address);
      assert.equal(admitted.status, 200);
      assert.equal(admitted.headers.get("cache-control"), "no-store");
      assert.match(admitted.headers.get("set-cookie"), /; httponly/i);
      assert.match(admitted.headers.get("set-cookie"), /; samesite=strict/i);
    });

    test("makes whoever guesses passwords wait", async () => {
      const guesses = await Promise.all(Array.from({ length: 20 }, (_, guess) => post("/sign-in", { name: "ann", password: `guess ${guess}` }, chat.address)));
      const refused = guesses.find(answer => answer.status === 429);
      assert.deepEqual([refused.status, refused.headers.get("retry-after"), (await refused.json()).title], [429, "3", "Too many attempts to sign in. Wait a few seconds."]);
      assert.ok(guesses.every(answer => [401, 429].includes(answer.status)));
    });

    test("does not start without users, and says what to do", async () => {
      const { code, said } = await runChat("Production", "--urls", "http://127.0.0.1:0");
      assert.equal(code, 2);
      assert.match(said, /^Users: Chat:Users is empty, so nobody could sign in\. Add users; 'dotnet run -- hash' makes the hash of a password\.\s*$/);
    });
  });
});

/** A WebSocket handshake with an Origin, which only a browser sends by itself: the status, and the code of a refusal. */
function handshake(address, origin) {
  return new Promise((resolve, reject) => {
    const asked = request(`${address}/rt/session`, {
      headers: { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", Origin: origin },
    });
    asked.on("upgrade", (answer, socket) => {
      socket.destroy();
      resolve([answer.statusCode, undefined]);
    });
    asked.on("response", async answer => {
      let text = "";
      for await (const part of answer) {
        text += part;
      }
      resolve([answer.statusCode, JSON.parse(text).code]);
    });
    asked.on("error", reject);
    asked.end();
  });
}
