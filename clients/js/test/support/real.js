import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtServer, startServer } from "../../../../tests/browser/support/server.js";

export { publish } from "../../../../tests/browser/support/publisher.js";
export { builtServer, startServer };

const SECRET = Buffer.alloc(32, "secret");

/** A server that takes tokens, and lets users do everything. */
export async function startGuardedServer(more = {}) {
  const folder = await mkdtemp(join(tmpdir(), "godwit-client-"));
  const file = join(folder, "godwit.json");
  const access = { secrets: [SECRET.toString("base64")], grace: "1s", clockSkew: "0s", ...more.access };
  await writeFile(file, JSON.stringify({ ...more, access, policies: [{ pattern: "**", users: ["read", "publish", "history", "presence"], presence: { enabled: true } }] }));
  const server = await startServer("--config", file);
  return { ...server, stop: async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  } };
}

/** A token of a user that ends so many seconds from now. */
export function tokenOf(user, seconds, secret = SECRET) {
  const part = value => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const head = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: user, iat: now, exp: now + seconds })}`;
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
}

/** Waits until something holds; what it waits for is looked at every few ms. */
export async function until(holds, what, limit = 30_000) {
  const end = Date.now() + limit;
  while (!await holds()) {
    if (Date.now() > end) {
      throw new Error(`It did not happen: ${what}`);
    }
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** The whole log of a room, as the server has it. */
export async function logOf(address, room) {
  const entries = [];
  for (let next = "?after=start&limit=1000"; ;) {
    const page = await (await fetch(`${address}/rt/rooms/${room}${next}`)).json();
    entries.push(...page.entries);
    if (!page.more) {
      return entries;
    }
    next = page.next;
  }
}
