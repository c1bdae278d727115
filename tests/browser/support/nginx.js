import { spawn } from "node:child_process";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./ports.js";

const program = existsSync("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";

/** Why there is no nginx here; undefined where there is. */
export const missingNginx = program === "nginx" ? "nginx is not installed" : undefined;

/** nginx before two servers, as docs/operations/nginx-servers.conf has it, in clear text and for all paths. */
export async function startNginx(...servers) {
  const folder = await mkdtemp(join(tmpdir(), "godwit-nginx-"));
  const port = await freePort();
  let site = await readFile(fileURLToPath(new URL("../../../docs/operations/nginx-servers.conf", import.meta.url)), "utf8");
  const change = (what, to) => {
    assert.ok(what instanceof RegExp ? what.test(site) : site.includes(what), `docs/operations/nginx-servers.conf has no ${what}`);
    site = site.replace(what, to);
  };
  change("127.0.0.1:8080", new URL(servers[0]).host);
  change("127.0.0.1:8081", new URL(servers[1]).host);
  change("listen 443 ssl http2", `listen 127.0.0.1:${port}`);
  change(/ssl_certificate .*;\n/, "");
  change(/ssl_certificate_key .*;\n/, "");
  change(/location \/ \{[^}]*\}/, "");
  change("location /rt/ {", "location / {"); // the chat's pages as well
  await writeFile(join(folder, "nginx.conf"), `
    daemon off;
    pid ${folder}/nginx.pid;
    error_log ${folder}/error.log warn;
    worker_processes 1;
    events { worker_connections 512; }
    http {
      client_body_temp_path ${folder};
      proxy_temp_path ${folder};
      fastcgi_temp_path ${folder};
      uwsgi_temp_path ${folder};
      scgi_temp_path ${folder};
      access_log off;
      ${site}
    }`);
  const child = spawn(program, ["-p", folder, "-e", join(folder, "error.log"), "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
  const ended = new Promise(resolve => child.once("exit", resolve));
  while (!await listens(port)) {
    if (child.exitCode !== null) {
      throw new Error(`nginx ended with code ${child.exitCode}:\n${await readFile(join(folder, "error.log"), "utf8")}`);
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return {
    address: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

function listens(port) {
  return new Promise(resolve => {
    const socket = createConnection({ port, host: "127.0.0.1" }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
