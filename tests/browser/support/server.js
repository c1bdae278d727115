import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const builds = fileURLToPath(new URL("../../../artifacts/bin/Godwit.Server/", import.meta.url));

/** The server that was built last. */
export function builtServer() {
  const program = ["release", "debug"]
    .map(build => `${builds}${build}/Godwit.Server.dll`)
    .filter(existsSync)
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (!program) {
    throw new Error("The server is not built. Run: dotnet build src/Godwit.Server");
  }
  return program;
}

/** Starts the server that was built last, on a free port, with everything in memory. */
export async function startServer(...settings) {
  const program = builtServer();
  const server = spawn("dotnet", [program, "--listen", "http://127.0.0.1:0", ...settings], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise(resolve => server.once("exit", resolve));
  let said = "";
  server.stderr.on("data", text => {
    said += text;
  });
  const addresses = [];
  await new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).on("line", line => {
      said += `${line}\n`;
      const listening = /^Listening at (\S+)$/.exec(line);
      if (listening) {
        addresses.push(listening[1]);
      } else {
        resolve(); // All addresses stand before the rest of the greeting.
      }
    });
    server.once("error", reject);
    ended.then(code => reject(new Error(`The server ended with code ${code}:\n${said}`)));
  });
  return {
    address: addresses[0],
    addresses,
    /** Ends it without a goodbye. */
    async kill() {
      server.kill("SIGKILL");
      await ended;
    },
    async stop() {
      server.kill("SIGINT");
      const limit = setTimeout(() => server.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(limit);
    },
  };
}
