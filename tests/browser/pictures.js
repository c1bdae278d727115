// Takes the pictures of README.md and docs/: npm run pictures. They go to docs/images, in light and in dark.
import { mkdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { launch } from "./support/browsers.js";
import { Chat } from "./support/chat.js";
import { startChat } from "./support/chat-server.js";
import { Compare } from "./support/compare.js";
import { startServer } from "./support/server.js";

const folder = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const SCHEMES = ["light", "dark"];

mkdirSync(folder, { recursive: true });
const browser = await launch("chromium", { args: ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb"] });
try {
  await takeLab();
  await takeChat();
} finally {
  await browser.close();
}

/** A minute of one entry a second, with a cut of the WebSocket in it. */
async function takeLab() {
  const server = await startServer();
  const lab = await Compare.open(browser, server.address, { room: "lobby" }, { width: 1280, height: 2110 });
  await lab.ready();
  await lab.page.$eval("#rate", rate => {
    rate.value = 3;
    rate.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await lab.page.click("#start");
  await pause(4_000);
  await lab.page.click("#clear"); // What starting up cost is not what is to be seen.
  await pause(26_000);
  await lab.press("websocket", "cut");
  await pause(5_000);
  await lab.press("websocket", "cut");
  await lab.page.mouse.move(0, 0);
  await pause(22_000);
  await take(lab.page, "lab");
  await lab.close();
  await server.stop();
}

/** Two users talk. */
async function takeChat() {
  const server = await startChat();
  const [ann, bert] = [await Chat.of(browser, server.address, "ann", { width: 1080, height: 620 }), await Chat.of(browser, server.address, "bert")];
  await ann.enter("birds");
  await bert.enter("birds");
  await ann.page.click("#topic-edit");
  await ann.page.type("#topic-text", "Long flights");
  await ann.page.keyboard.press("Enter");
  const said = [
    [ann, "ann", "A bar-tailed godwit flew from Alaska to Tasmania. Eleven days, and it never landed."],
    [bert, "bert", "13,560 km! Did the transmitter lose anything on the way?"],
    [ann, "ann", "It was out of reach for hours, and then it went on from where it was."],
    [ann, "ann", "<b>Nothing lost, nothing twice, in order.</b>"],
    [bert, "bert", "Like this room. I was in a tunnel until just now."],
  ];
  for (const [chat, user, text] of said) {
    await chat.say(text);
    await ann.sees(user, text);
    await pause(500);
  }
  await ann.page.evaluate(() => document.activeElement.blur());
  await bert.page.type("#text", "On");
  await ann.until(() => document.getElementById("typing").textContent !== "");
  await take(ann.page, "chat");
  await ann.close();
  await bert.close();
  await server.stop();
}

async function take(page, name) {
  for (const scheme of SCHEMES) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await pause(500);
    await page.screenshot({ path: `${folder}${name}${scheme === "dark" ? "-dark" : ""}.png`, optimizeForSpeed: false });
  }
}
