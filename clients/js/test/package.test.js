import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { publish, startServer } from "./support/real.js";

const run = promisify(execFile);
const folder = fileURLToPath(new URL("..", import.meta.url));
const npx = (...words) => run(process.execPath, [join(folder, "node_modules/typescript/bin/tsc"), ...words], { cwd: folder });

test("it is no larger than 15 KiB, minified and gzipped", async t => {
  const { outputFiles: [bundle] } = await build({ absWorkingDir: folder, entryPoints: ["client.js"], bundle: true, minify: true, format: "esm", target: "es2022", write: false });
  const { code } = await minify(bundle.text, { module: true, ecma: 2022, compress: { passes: 3, pure_getters: true } });
  const octets = gzipSync(code, { level: 9 }).length;
  t.diagnostic(`${octets} octets`);
  assert.ok(octets <= 15 * 1024, `${octets} octets`);
});

test("its types are right, strictly, and nothing in it is of any type", async () => {
  await npx("--noEmit").catch(fault => assert.fail(fault.stdout));
  const sources = await Promise.all(["client.js", "client/types.js", "client/godwit.js", "client/room.js", "client/session.js", "client/connector.js"].map(name => readFile(join(folder, name), "utf8")));
  assert.ok(sources.every(source => !/\{[^}]*\bany\b[^}]*\}|@ts-/.test(source.match(/@(param|type|returns|property) \{[^}]*\}/g)?.join("\n") ?? "")));
});

test("the package that npm makes installs into an empty project, has types, and does what its README shows", { timeout: 180_000 }, async () => {
  const place = await mkdtemp(join(tmpdir(), "godwit-package-"));
  const server = await startServer();
  try {
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", place], { cwd: folder });
    const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf("[\n")));
    const names = files.map(file => file.path);
    assert.ok(["LICENSE", "README.md", "client.js", "client/transports/stream.js", "types/client.d.ts", "types/client/room.d.ts"].every(name => names.includes(name)), names.join());
    assert.ok(names.every(name => !/test|node_modules|tsconfig/.test(name)), names.join());
    await writeFile(join(place, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
    await run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`], { cwd: place });

    // The examples read on for ever; one entry shows that they work.
    const enter = async (document, begins) => {
      const text = await readFile(new URL(document, import.meta.url), "utf8");
      const example = /```js\n([\s\S]*?)```/.exec(text.slice(text.indexOf(begins)))[1].replace("http://localhost:8080", server.address);
      await writeFile(join(place, "example.js"), example.replace(/(console\.log\(.*\);)/, "$1\n  process.exit(0);"));
      return (await run(process.execPath, ["example.js"], { cwd: place, timeout: 60_000, env: { ...process.env, GODWIT_TOKEN: "anything" } })).stdout;
    };
    assert.equal(await enter("../README.md", "```js"), "1 message { text: 'hello' }\n");
    await publish(server.address, "orders", { id: 17 }, "placed");
    assert.equal(await enter("../../../docs/clients/javascript.md", "**Node.js.**"), "1 placed { id: 17 }\n");

    const typed = `import { Godwit, GodwitError, type Entry, type Room } from "godwit-client";
const room: Room = new Godwit("http://localhost/rt", { token: async () => "t" }).join("lobby", { last: 10 });
room.on("gap", ({ from, to }) => console.log(from + to));
room.publish("message", { a: 1 }).then((position: string) => position, (fault: GodwitError) => fault.code);
for await (const entry of room) { const one: Entry = entry; console.log(one.offset.toFixed(), one.bytes?.length); }
// @ts-expect-error There is no such option.
new Godwit("/rt", { tokens: "t" });
// @ts-expect-error There is no such event.
room.on("entries", () => {});
`;
    await writeFile(join(place, "typed.mts"), typed);
    await npx("--ignoreConfig", "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2023,dom,esnext.disposable", "--types", "", join(place, "typed.mts"))
      .catch(fault => assert.fail(fault.stdout));
  } finally {
    await server.stop();
    await rm(place, { recursive: true });
  }
});
