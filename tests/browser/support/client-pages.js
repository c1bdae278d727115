import { createServer } from "node:http";
import { tokenOf } from "../../../clients/js/test/support/real.js";
import { newPage } from "./browsers.js";

const WORKER = `
const address = new URL(location).searchParams.get("address");
const { Godwit } = await import(address + "/rt/client.js");
const room = new Godwit(address + "/rt").join("worker");
room.on("entry", entry => postMessage(entry.data));
await room.publish("message", "from the worker");
`;

/** An empty page at an origin of its own, tokens for whoever is there, and a worker's script. */
export async function servePages() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://pages");
    const [type, body] = pathname === "/token" ? ["text/plain", tokenOf("ann", 6)]
      : pathname === "/worker.js" ? ["text/javascript", WORKER]
      : ["text/html; charset=utf-8", "<!doctype html><title>A page with the client</title>"];
    response.writeHead(200, { "Content-Type": type }).end(body);
  });
  await new Promise(resolve => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Opens a page in which a client reads a room; `state()` says what it has seen. */
export async function openClient(browser, pages, address, { room = "lobby", options = {}, signsIn = false, join = { after: "start" } } = {}) {
  const page = await newPage(browser);
  await page.goto(pages.address);
  await page.evaluate(async (from, name, how, token, joining) => {
    window.errors = [];
    window.addEventListener("error", event => window.errors.push(event.message));
    window.addEventListener("unhandledrejection", event => window.errors.push(String(event.reason)));
    const { Godwit } = await import(`${from}/rt/client.js`);
    const godwit = new Godwit(`${from}/rt`, {
      remember: false, openTimeout: 3000, backoff: { first: 100, most: 1000 }, wait: 5, ...how,
      ...(token ? { token: async () => (await fetch("/token")).text() } : {}),
    });
    const seen = { data: [], resets: 0, gaps: 0, states: [] };
    Object.assign(window, { godwit, seen, room: godwit.join(name, joining) });
    window.room.on("entry", entry => seen.data.push(entry.data));
    window.room.on("reset", () => {
      seen.resets++;
      seen.data = [];
    });
    window.room.on("gap", () => seen.gaps++);
    godwit.on("state", state => seen.states.push(state.name));
  }, address, room, options, signsIn, join);
  return {
    page,
    errors: () => page.evaluate(() => window.errors),
    state: () => page.evaluate(() => ({ ...window.seen, state: window.godwit.state, transport: window.godwit.transport, counters: window.godwit.counters })),
    publish: data => page.evaluate(each => window.room.publish("message", each).then(position => position, fault => fault.code), data),
    /** Waits until what the page has seen fits. */
    async until(fits, what, limit = 40_000) {
      const end = Date.now() + limit;
      for (;;) {
        const seen = await this.state();
        if (fits(seen)) {
          return seen;
        }
        if (Date.now() > end) {
          throw new Error(`It did not happen: ${what}. The page has ${JSON.stringify(seen)}`);
        }
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    },
  };
}
