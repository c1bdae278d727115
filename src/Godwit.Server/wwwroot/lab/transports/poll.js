import { roomUrl } from "../address.js";
import { Fault } from "../fault.js";
import { beginning } from "./frames.js";

/** One poll: asks once, hands over what came, and tells where to go on and when. */
export async function poll({ room, from, on, signal }, extra = {}) {
  on.request();
  let response, answer;
  try {
    response = await fetch(roomUrl(room, beginning(from, extra)), { headers: { Accept: "application/json" }, signal });
  } catch (error) {
    throw Fault.ofNetwork(error);
  }
  if (!response.ok) {
    throw await Fault.ofResponse(response);
  }
  try {
    answer = await response.json();
  } catch (error) {
    throw Fault.ofNetwork(error);
  }
  on.open();
  on.verdict(answer.verdict, answer.missing);
  answer.entries.forEach(on.entry);
  on.position(answer.position);
  return { answer, next: { after: answer.position }, pollAfter: Number(response.headers.get("Godwit-Poll-After")) || 2 };
}
