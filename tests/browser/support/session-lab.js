import assert from "node:assert/strict";
import { Lab } from "./lab.js";

/** The session page, open. */
export class SessionLab extends Lab {
  static path = "/lab/session.html";

  state() {
    return this.page.evaluate(() => ({ transport: lab.transport, state: lab.state, resumed: lab.resumed, rooms: lab.rooms }));
  }

  /** Waits until the session is connected and in all of these rooms. */
  inRooms(...rooms) {
    return this.until((...rooms) => lab.state === "open" && rooms.every(room => lab.rooms[room]?.state === "joined"), ...rooms);
  }

  async join(room) {
    await this.page.type("#room", room);
    await this.page.keyboard.press("Enter");
  }

  async leave(room) {
    const button = `.of-session[data-room="${room}"] button`;
    await this.page.waitForSelector(button);
    await this.page.click(button);
  }

  /** Waits until the transport has brought so many more entries of each room. */
  async brings(kind, count, rooms) {
    const before = await this.page.evaluate((kind, rooms) => rooms.map(room => lab.received(room).filter(each => each.kind === kind).length), kind, rooms);
    await this.until((kind, rooms, wanted) => rooms.every((room, index) => lab.received(room).filter(each => each.kind === kind).length >= wanted[index]), kind, rooms, before.map(each => each + count));
  }

  /** The offsets received of a room, in the order of arrival. */
  offsets(room) {
    return this.page.evaluate(room => lab.received(room).map(each => each.offset), room);
  }

  /** Publishes by the form, and returns what the page says of the reply. */
  async send(room, data, type = "json") {
    await this.page.select("#to", room);
    await this.page.$eval("#data", (field, data) => { field.value = data; }, data);
    await this.page.click(`input[name="type"][value="${type}"]`);
    await this.page.$eval("#sent", sent => { sent.textContent = ""; });
    await this.page.click('#send-form button[type="submit"]');
    await this.until(() => document.querySelector("#sent").textContent !== "");
    return this.page.$eval("#sent", sent => sent.textContent);
  }

  /** Every acknowledged entry of each publisher's room once and in order, and nothing else. */
  async assertWhole(publishers) {
    await Promise.all(publishers.map(publisher => publisher.stop()));
    for (const { room, last, acknowledged } of publishers) {
      await this.until((room, last) => Number(lab.rooms[room].position.split("-").at(-2)) >= last, room, last);
      const offsets = await this.offsets(room);
      assert.deepEqual(offsets, [...acknowledged.keys()].sort((a, b) => a - b));
      const { received, duplicates, missing, announced } = (await this.state()).rooms[room];
      assert.deepEqual([received, duplicates, missing, announced], [offsets.length, 0, 0, 0]);
    }
  }
}
