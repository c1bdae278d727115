import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./ports.js";

/** Why there is no Redis here; undefined where there is. */
export const missingRedis = spawnSync("redis-server", ["--version"]).error && "redis-server is not installed";

/** A redis-server of its own, which writes nothing to the disk. */
export async function startRedis() {
  const folder = await mkdtemp(join(tmpdir(), "godwit-redis-"));
  const port = await freePort();
  const child = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder], { stdio: "ignore" });
  const ended = new Promise(resolve => child.once("exit", resolve));
  while (!await answers(port)) {
    if (child.exitCode !== null) {
      throw new Error(`redis-server ended with code ${child.exitCode}`);
    }
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  return {
    address: `127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

function answers(port) {
  return new Promise(resolve => {
    const socket = createConnection({ port, host: "127.0.0.1" }, () => socket.write("PING\r\n"));
    socket.once("data", reply => {
      socket.destroy();
      resolve(String(reply).startsWith("+PONG"));
    });
    socket.once("error", () => resolve(false));
  });
}
