import { Godwit } from "/rt/client.js";
import { Composer } from "./composer.js";
import { ConnectionLine } from "./connection.js";
import { Conversation } from "./conversation.js";
import { get, say } from "./element.js";
import { MemberList } from "./members.js";
import { RoomList } from "./room-list.js";
import { scene, signOut, ticket } from "./server.js";
import { SignInForm } from "./sign-in.js";
import { Timeline } from "./timeline.js";
import { TopicForm } from "./topic.js";

const timeline = new Timeline();
const members = new MemberList();
const line = new ConnectionLine();
const composer = new Composer({ sent: () => timeline.toEnd() });
const form = new SignInForm(enter);
let rooms = null;
let user = null;
let client = null;
let conversation = null;

new TopicForm(() => conversation, sentence => say(get("composer-fault"), sentence));
get("transport").addEventListener("change", () => {
  const before = client;
  client = connect();
  conversation.moveTo(client);
  before.close();
});
get("sign-out").addEventListener("click", async () => {
  await signOut().catch(() => {}); // What the page holds ends all the same.
  leave();
});

const { user: known, rooms: names } = await scene();
rooms = new RoomList(names, () => client && open());
if (known) {
  enter({ user: known });
} else {
  form.show();
}

/** Goes in as a user. The ticket of the sign-in opens the first connection, and every further one gets its own. */
function enter(admission) {
  user = admission.user;
  get("user").textContent = user;
  members.begin(user);
  form.hide();
  client = connect(admission.ticket);
  open();
  get("text").focus();
}

/** Goes out. */
function leave(why) {
  conversation?.leave();
  client?.close();
  client = conversation = null;
  form.show(why);
}

function connect(first) {
  const chosen = get("transport").value;
  const made = new Godwit("/rt", {
    ...(chosen && { transports: [chosen] }),
    ticket: async () => {
      const shown = first ?? await newTicket(made);
      first = null;
      return shown;
    },
  });
  line.watch(made);
  return made;
}

async function newTicket(asking) {
  try {
    return (await ticket()).ticket;
  } catch (refused) {
    if (refused.status === 401 && client === asking) {
      leave("Your sign-in has ended. Sign in again.");
    }
    throw refused;
  }
}

function open() {
  conversation?.leave();
  rooms.show();
  conversation = new Conversation({ client, name: rooms.current, user, timeline, members });
  composer.use(conversation);
}

// For tests and for the curious: what the page knows, and nothing to change it with.
Object.defineProperty(window, "chat", {
  value: Object.freeze({
    get user() { return client ? user : null; },
    get room() { return conversation?.name ?? null; },
    get state() { return client?.state.name ?? null; },
    get transport() { return client?.transport ?? null; },
    get counters() { return client ? { ...client.counters } : null; },
  }),
});
