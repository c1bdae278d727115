import { get, say } from "./element.js";
import { messagesOf, route } from "./routes.js";

/** Messages that are there on entering a room, and that each page of older ones has. */
const PAGE = 30;

/** How far from the first message, in pixels, older ones are fetched. */
const AHEAD = 300;

/** One room: its messages, its topic and its members, and what is done in it. */
export class Conversation {
  #timeline;
  #members;
  #said = null;
  #topic = null;
  #older = null;
  #oldest;
  #isFirst = true;
  #fetching = false;
  #stops = [];

  /**
   * Enters a room.
   * @param {{client: import("/rt/client.js").Godwit, name: string, user: string, timeline: import("./timeline.js").Timeline, members: import("./members.js").MemberList}} where
   */
  constructor({ client, name, user, timeline, members }) {
    this.name = name;
    this.user = user;
    this.#timeline = timeline;
    this.#members = members;
    timeline.begin(user);
    members.clear();
    get("room-name").textContent = `#${name}`;
    document.title = `#${name} · Godwit chat`;
    say(get("beginning"), null);
    get("older").hidden = true;
    get("topic").textContent = "";
    this.#listenForScrolling();
    this.#join(client, { last: PAGE });
  }

  /** Goes on over another client, from where it is. */
  moveTo(client) {
    const after = this.#said.position;
    this.#leave();
    this.#older &&= null;
    this.#join(client, after ? { after } : { last: PAGE });
  }

  /** Says something. Resolves when it is stored. */
  say(text) {
    return this.#said.publish("message", { text });
  }

  /** Asks the application to change the topic; it says no by a rejection. */
  changeTopic(topic) {
    return this.#said.request("topic", { topic });
  }

  /** Tells the other members whether the user is writing. */
  typing(typing) {
    this.#said.setState({ typing }).catch(() => {}); // Nothing is lost by it.
  }

  /** Whom an event tells of what the client has sent but not heard back. */
  onMessage = () => {};

  leave() {
    this.#leave();
    this.#stops.splice(0).forEach(stop => stop());
  }

  #leave() {
    this.#said.leave();
    this.#topic.leave();
  }

  #join(client, from) {
    const said = client.join(`chat:${this.name}`, { ...from, present: true, state: { typing: false } });
    said.on("entry", entry => {
      this.onMessage(entry);
      route(entry, this.#timeline);
      if (this.#isFirst) {
        this.#isFirst = false;
        this.#oldest = entry.position;
        this.#isOldest(entry);
      }
    });
    said.on("members", members => this.#members.show(members));
    said.on("gap", ({ missing }) => this.#timeline.note(`${missing.to - missing.from + 1} messages came and went while you were away.`, "note warning"));
    said.on("reset", () => this.#beginAnew());
    said.on("state", state => {
      if (state.name === "closed" && state.code !== "room.left") {
        this.#timeline.note(`You are not in this room any more. ${state.why}`, "note warning");
      }
    });
    const topic = client.join(`topic:${this.name}`, { last: 1 });
    topic.on("entry", ({ event, data }) => {
      if (event === "topic" && this.#topic === topic) {
        get("topic").textContent = data.topic;
        get("topic").title = `Set by ${data.by}`;
      }
    });
    this.#said = said;
    this.#topic = topic;
    this.#older ??= said.history({ limit: PAGE, before: this.#oldest });
  }

  /** The room is another log now, as after a restart of a server that keeps its logs in memory: nothing older can be fetched. */
  #beginAnew() {
    this.#older = false;
    get("older").hidden = true;
    this.#timeline.note("The server began this room anew. What was said before is not kept.", "note warning");
  }

  /** Says whether there is anything older than this entry, the oldest that is shown. */
  #isOldest({ offset }) {
    if (offset === 1) {
      this.#older = false;
      say(get("beginning"), "This is where the room begins.");
    }
    get("older").hidden = !this.#older;
  }

  #listenForScrolling() {
    const scroll = get("scroll");
    let last = 0;
    const look = () => {
      const up = scroll.scrollTop < last;
      last = scroll.scrollTop;
      if (up && last < AHEAD) {
        void this.#fetch();
      }
    };
    const ask = () => this.#fetch();
    scroll.addEventListener("scroll", look);
    get("older").addEventListener("click", ask);
    this.#stops.push(() => scroll.removeEventListener("scroll", look), () => get("older").removeEventListener("click", ask));
  }

  async #fetch() {
    const older = this.#older;
    if (!older || this.#fetching) {
      return;
    }
    this.#fetching = true;
    try {
      const { value, done } = await older.next();
      if (this.#older !== older || this.#stops.length === 0) {
        return; // The room was left, or began anew, while the answer was on its way.
      }
      if (done) {
        this.#isOldest({ offset: 1 });
      } else {
        this.#oldest = value[0].position;
        this.#timeline.addOlder(messagesOf(value));
        this.#isOldest(value[0]);
      }
    } catch {
      // The next look goes on from the oldest message there is.
      this.#older &&= this.#said.history({ limit: PAGE, before: this.#oldest });
    } finally {
      this.#fetching = false;
    }
  }
}
