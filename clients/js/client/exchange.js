import { GodwitError } from "./errors.js";
import { sizeOf } from "./octets.js";

/** @typedef {import("./reader.js").Reader} Reader */

/**
 * One POST of a session.
 * @param {import("./session.js").Session} session
 * @param {() => object} fields Those of the body but the credential and the session, made when it is sent.
 * @param {{send?: string[], accept?: string, signal: AbortSignal}} how `send`: frames as texts.
 * @returns {Promise<Response>} A success.
 */
export async function post(session, fields, { send, accept = "application/json", signal }) {
  const { credential, settings, environment, counters } = session;
  const shown = await credential.fields();
  signal.throwIfAborted();
  const head = JSON.stringify({ ...shown, session: session.token, ...fields() });
  const body = send ? `${head.slice(0, -1)}${head.length > 2 ? "," : ""}"send":[${send.join()}]}` : head;
  counters.requests++;
  counters.bytesUp += sizeOf(body);
  let response;
  try {
    response = await environment.fetch(session.url, {
      method: "POST", headers: { "Content-Type": "application/json", Accept: accept }, body, signal, credentials: settings.credentials, cache: "no-store",
    });
  } catch (error) {
    throw GodwitError.ofNetwork(error);
  }
  if (!response.ok) {
    throw await GodwitError.ofResponse(response);
  }
  return response;
}

/**
 * One exchange.
 * @param {import("./session.js").Session} session
 * @param {() => object} fields
 * @param {{send?: string[], signal?: AbortSignal, within: number}} how `within`: ms after which it is given up.
 * @returns {Promise<{answer: import("./types.js").Answer, pollAfter: number | undefined, took: number}>} `pollAfter`: the ms that the
 *   server suggests to wait for the next; `took`: ms.
 */
export async function exchange(session, fields, { send, signal, within }) {
  const { environment, counters } = session;
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  let began = environment.now();
  const cancel = environment.after(within, () => controller.abort(new GodwitError("network.silent")));
  try {
    const response = await post(session, () => {
      began = environment.now();
      return fields();
    }, { send, signal: controller.signal });
    const text = await response.text();
    counters.bytesDown += sizeOf(text);
    const answer = JSON.parse(text);
    if (typeof answer?.session !== "string" || typeof answer.rooms !== "object") {
      throw new GodwitError("answer.foreign");
    }
    const after = Number.parseFloat(response.headers.get("Godwit-Poll-After") ?? "");
    return { answer, pollAfter: after >= 0 ? after * 1000 : undefined, took: environment.now() - began };
  } catch (error) {
    const { reason } = controller.signal;
    throw reason instanceof GodwitError ? reason : error instanceof SyntaxError ? new GodwitError("answer.foreign", { cause: error }) : GodwitError.ofNetwork(error);
  } finally {
    cancel();
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * The field `rooms` for some readers.
 * @param {Map<string, Reader>} readers
 */
export const roomsOf = readers => Object.fromEntries([...readers].map(([name, reader]) => [name, reader.ask]));
