import { GodwitError } from "./errors.js";

/**
 * @param {boolean} holds
 * @param {string} code
 * @param {string} title
 */
export function check(holds, code, title) {
  if (!holds) {
    throw new GodwitError(code, { title, final: true });
  }
}

/** @param {unknown} name */
export const checkRoom = name => check(typeof name === "string" && /^(?!\.\.?$)[\w.~:@-]{1,200}$/.test(name), "room.invalid",
  `A room name is 1 to 200 of A-Z a-z 0-9 _ . ~ : @ - and neither '.' nor '..'.`);

/** @param {unknown} event */
export function checkEvent(event) {
  check(typeof event === "string" && /^[\w.:-]{1,64}$/.test(event), "event.invalid", "An event name is 1 to 64 of A-Z a-z 0-9 _ . : -");
  check(!/^(godwit|error|open)$/.test(/** @type {string} */ (event)), "event.reserved", "The event names godwit, error and open are reserved.");
}

/** @param {unknown} key */
export const checkKey = key => check(typeof key === "string" && /^[!-~]{1,128}$/.test(key), "key.invalid", "A key is 1 to 128 visible ASCII characters.");

/** @param {unknown} position */
export const checkPosition = position => check(typeof position === "string" && /^[\w~]{11}-\d{1,16}-[\w~]{6}$/.test(position), "position.invalid",
  "A position is what an entry or a room gave as its position.");

/**
 * @param {string} name
 * @param {unknown} value
 * @param {number} least
 * @param {number} most
 */
export const checkNumber = (name, value, least, most) => check(typeof value === "number" && value >= least && value <= most, "option.invalid",
  `${name} is a number from ${least} to ${most}; ${String(value)} is not.`);

/**
 * @param {string} name
 * @param {unknown} value
 * @param {readonly unknown[]} values
 */
export const checkOneOf = (name, value, values) => check(values.includes(value), "option.invalid", `${name} is ${values.join(" or ")}; ${String(value)} is not.`);

/** @param {import("./types.js").JoinOptions} options */
export function checkJoin({ after, last, delivery, present, state, buffer = 1000 }) {
  if (after !== undefined && after !== "now" && after !== "start") {
    checkPosition(after);
  }
  if (last !== undefined) {
    checkNumber("last", last, 1, 1000);
    check(after === undefined, "parameter.conflict", "Give either after or last.");
  }
  checkOneOf("delivery", delivery, [undefined, "all", "latest"]);
  checkOneOf("present", present, [undefined, true, false]);
  check(state === undefined || (state !== null && present === true), "option.invalid", "state is what a member says: any JSON but null, with present: true.");
  checkNumber("buffer", buffer, 1, 100_000);
}
