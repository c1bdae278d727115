export { Godwit } from "./client/godwit.js";
export { GodwitError } from "./client/errors.js";

/**
 * @typedef {import("./client/types.js").Options} Options
 * @typedef {import("./client/types.js").JoinOptions} JoinOptions
 * @typedef {import("./client/types.js").PublishOptions} PublishOptions
 * @typedef {import("./client/types.js").HistoryOptions} HistoryOptions
 * @typedef {import("./client/types.js").Entry} Entry
 * @typedef {import("./client/types.js").Missing} Missing
 * @typedef {import("./client/types.js").Member} Member
 * @typedef {import("./client/types.js").Members} Members
 * @typedef {import("./client/types.js").State} State
 * @typedef {import("./client/types.js").RoomState} RoomState
 * @typedef {import("./client/types.js").Counters} Counters
 * @typedef {import("./client/types.js").TransportKind} TransportKind
 * @typedef {import("./client/room.js").Room} Room
 */
