import { Lane } from "./lane.js";
import { Mover } from "./mover.js";

const mount = document.querySelector('meta[name="godwit-mount"]').content;
const { Godwit } = await import(`${mount}/client.js`);
const get = id => document.getElementById(id);

// A room for each cursor: of a room only the newest entry matters.
const room = new URLSearchParams(location.search).get("room") ?? "cursor";

const lanes = [
  new Lane({ name: "websocket", title: "WebSocket", room, client: new Godwit(mount, { transports: ["websocket"] }) }),
  new Lane({ name: "datachannel", title: "Lossy data channel", room, client: new Godwit(mount, { transport: "datachannel" }) }),
];
get("lanes").append(...lanes.map(lane => lane.element));

const publisher = new Godwit(mount);
let published = 0;
const mover = new Mover(get("pad"), async position => {
  drawPad(position);
  await publisher.publish(room, "move", position).then(() => published++, () => {}); // The next one is as good.
  get("published").textContent = `${published} positions published.`;
});

get("move").addEventListener("click", () => {
  mover.toggle();
  get("move").setAttribute("aria-pressed", String(mover.moving));
});

requestAnimationFrame(function draw() {
  lanes.forEach(lane => lane.draw());
  requestAnimationFrame(draw);
});

function drawPad({ x, y }) {
  const { width, height } = get("pad");
  const pen = get("pad").getContext("2d");
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = getComputedStyle(document.body).color;
  pen.beginPath();
  pen.arc(x * width, y * height, 9, 0, 2 * Math.PI);
  pen.fill();
}

// For tests and for the curious.
Object.defineProperty(window, "cursors", {
  value: Object.freeze({
    get published() { return published; },
    get lanes() {
      return Object.fromEntries(lanes.map(({ name, entries, missing, late, stalls, lossy, last }) => [name, { entries, missing, late, stalls, lossy, last }]));
    },
  }),
});
