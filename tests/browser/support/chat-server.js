import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const builds = fileURLToPath(new URL("../../../artifacts/bin/Chat/", import.meta.url));
const folder = fileURLToPath(new URL("../../../samples/chat/", import.meta.url));

/** The users of samples/chat/appsettings.Development.json. */
export const passwords = { ann: "curlew", bert: "dunlin", carla: "plover" };

function builtChat() {
  const program = ["release", "debug"]
    .map(build => `${builds}${build}/Godwit.Samples.Chat.dll`)
    .filter(existsSync)
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (!program) {
    throw new Error("The chat is not built. Run: dotnet build samples/chat");
  }
  return program;
}

/** Starts the chat that was built last, with the users for trying out, and what else is given as settings. */
export async function startChat(...settings) {
  const { ended, child, said } = spawnChat("Development", settings.some(each => each.startsWith("--urls")) ? settings : ["--urls", "http://127.0.0.1:0", ...settings]);
  const address = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", line => {
      const listening = /Now listening on: (\S+)/.exec(line);
      if (listening) {
        resolve(listening[1]);
      }
    });
    ended.then(code => reject(new Error(`The chat ended with code ${code}:\n${said()}`)));
  });
  const end = async signal => {
    child.kill(signal);
    const limit = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(limit);
  };
  return {
    address,
    stop: () => end("SIGINT"),
    kill: () => end("SIGKILL"),
    /** Stops it as a deploy does: it lets its clients go over some seconds. */
    drain: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** Runs the chat to its end: its exit code, and what it said on standard error. */
export async function runChat(environment, ...settings) {
  const { ended, said } = spawnChat(environment, settings);
  return { code: await ended, said: said() };
}

function spawnChat(environment, settings) {
  const child = spawn("dotnet", [builtChat(), ...settings], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ASPNETCORE_ENVIRONMENT: environment },
  });
  let errors = "";
  child.stderr.on("data", text => {
    errors += text;
  });
  const ended = new Promise((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", reject);
  });
  return { child, ended, said: () => errors };
}
