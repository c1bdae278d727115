import { Godwit } from "../../client.js";
import { FakeServer } from "./fake-server.js";
import { FakeTime } from "./fake-time.js";

/** A client, a server and a clock, all of them the test's own. */
export function scene({ seed = 1, options = {}, environment = {} } = {}) {
  const time = new FakeTime(seed);
  const server = new FakeServer(time);
  const godwit = new Godwit("http://godwit.test/rt", { ...options, environment: server.environment(environment) });
  const states = [];
  godwit.on("state", state => states.push(state.name));
  const transports = [];
  godwit.on("transport", kind => transports.push(kind));
  return { time, server, godwit, states, transports };
}

/** What a room tells, as it comes. */
export function watch(room) {
  const seen = { data: [], gaps: [], resets: 0, states: [] };
  room.on("entry", entry => seen.data.push(entry.data));
  room.on("gap", gap => seen.gaps.push(gap));
  room.on("reset", () => seen.resets++);
  room.on("state", state => seen.states.push(state.name));
  return seen;
}
