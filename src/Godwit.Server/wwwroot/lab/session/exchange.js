import { sessionUrl } from "../address.js";
import { Fault } from "../fault.js";

/**
 * One POST of the session. `fields` are those of the body but `send`; the frames of `send` are texts, so that the data of
 * a publish stays as it was typed. Throws a `Fault` unless the answer is a success.
 */
export async function request(fields, { send = [], accept = "application/json", signal } = {}) {
  const body = JSON.stringify({ ...fields, send: [] }).replace(/\[\]\}$/, () => `[${send.join()}]}`);
  let response;
  try {
    response = await fetch(sessionUrl(), { method: "POST", headers: { "Content-Type": "application/json", Accept: accept }, body, signal });
  } catch (error) {
    throw Fault.ofNetwork(error);
  }
  if (!response.ok) {
    throw await Fault.ofResponse(response);
  }
  return response;
}

/** One exchange: its answer. */
export async function exchange(fields, options) {
  const response = await request(fields, options);
  try {
    return await response.json();
  } catch (error) {
    throw Fault.ofNetwork(error);
  }
}

/** The text of a `publish` frame. The data's own text is put into it once it is seen to be one JSON value. */
export function publishText({ id, room, event, body, json, key }) {
  if (json) {
    try {
      JSON.parse(body);
    } catch (error) {
      throw new Fault(`The data is not JSON: ${error.message}.`, { code: "data.json" });
    }
  }
  const frame = JSON.stringify({ op: "publish", id, room, event, key });
  return `${frame.slice(0, -1)},"data":${json ? body : JSON.stringify(body)}}`;
}
