/**
 * How a session is carried: `datachannel`, over UDP; and from the best to the one that goes through everything: `websocket`; `stream`, an
 * answer that does not end; `longpoll`, answers that are held; `poll`, requests at intervals.
 * @typedef {"datachannel" | "websocket" | "stream" | "longpoll" | "poll"} TransportKind
 */

/**
 * @typedef {object} Options
 * @property {string | (() => string | null | Promise<string | null>)} [token] The user's token, or a function that makes one. It is
 *   asked when one is needed, and again before it ends. `null` says that there is no user any more.
 * @property {() => string | Promise<string>} [ticket] Makes a one-time ticket for each connection, instead of `token`.
 * @property {TransportKind} [transport] The transport to begin with; where it does not get through, those behind it are taken, in the order
 *   `datachannel`, `websocket`, `stream`, `longpoll`, `poll`. Default `websocket`.
 * @property {TransportKind[]} [transports] Instead of `transport`: those that may be used, the best first, and no others.
 * @property {boolean} [lossy] Whether rooms joined with `delivery: "latest"` may come over a data channel that loses what is late, where
 *   the server has one. Default true, unless `transports` leaves `datachannel` out or `ticket` is given.
 * @property {RequestCredentials} [credentials] As for `fetch`: whether cookies go to another origin. Default `same-origin`.
 * @property {number} [openTimeout] ms until a connection that shows nothing is given up: 500 to 60,000, default 8,000.
 * @property {number} [wait] Seconds for which a long poll is held: 1 to 120, default 25.
 * @property {number} [pollInterval] ms between short polls: 250 to 300,000. By default the server's suggestion.
 * @property {{first?: number, most?: number}} [backoff] Between attempts to connect: a random time of up to `first` ms, twice as
 *   much each time, up to `most`. 10 to 60,000, default 1,000; 10 to 600,000, default 30,000.
 * @property {number} [publishFor] ms for which a publish is repeated before it is given up: 1,000 to 86,400,000, default 270,000.
 *   Keep it 30 s below the time for which the server remembers keys.
 * @property {number} [answerTimeout] ms in which `request`, `history` and the like are answered: 1,000 to 600,000, default 30,000.
 * @property {number} [outbox] Publishes and requests that may wait at once: 1 to 100,000, default 1,000; and 4 MiB of them.
 * @property {boolean} [remember] Whether the transport that worked is kept in `localStorage` for the next page. Default true.
 * @property {typeof WebSocket} [WebSocket] A WebSocket class, where the platform has none (Node.js 20).
 * @property {typeof RTCPeerConnection} [RTCPeerConnection] A class like that of browsers, where the platform has none (Node.js).
 * @property {typeof fetch} [fetch] Another `fetch`.
 */

/**
 * @typedef {object} JoinOptions
 * @property {string} [after] Where to begin: a position, `"now"` (the default) or `"start"`, the oldest entry retained.
 * @property {number} [last] Begin with the newest so many entries, 1 to 1,000.
 * @property {"all" | "latest"} [delivery] `latest`: only the newest entry matters, and others may be left out. By default as the room's policy says.
 * @property {boolean} [present] true: be a member, and be told of the members; false: be told only.
 * @property {unknown} [state] What a member says of itself; any JSON but null, with `present: true`.
 * @property {number} [buffer] Entries kept for a consumer that is slow; above that the room is read no further until half of them
 *   are taken. 1 to 100,000, default 1,000.
 */

/**
 * @typedef {object} PublishOptions
 * @property {string} [key] The idempotency key; random by default. Give one to repeat a publish after the page was loaded anew.
 */

/**
 * @typedef {object} HistoryOptions
 * @property {number} [limit] Entries of a page: 1 to 1,000, default 100.
 * @property {string} [before] The position of an entry: begin with those before it. By default those before the first that the room got.
 */

/**
 * @typedef {object} Entry
 * @property {string} room The room.
 * @property {string} position The position after this entry.
 * @property {number} offset 1, 2, 3 and so on.
 * @property {string} event The event name.
 * @property {unknown} [data] What was published.
 * @property {Uint8Array<ArrayBuffer>} [bytes] The octets that were published; then there is no `data`.
 * @property {number} time When the server took it, in ms since the Unix epoch.
 * @property {string} [from] The user who published it, where that is known.
 */

/**
 * The first and the last offset that retention dropped.
 * @typedef {{from: number, to: number}} Missing
 */

/**
 * @typedef {object} Member
 * @property {string} session Identifies the member in every room.
 * @property {string} [user] Whose session it is.
 * @property {number} since Since when, in ms since the Unix epoch.
 * @property {unknown} [state] What it says of itself.
 */

/**
 * @typedef {object} Members
 * @property {number} count How many there are.
 * @property {Member[]} members Who they are.
 * @property {boolean} complete Whether `members` are all of them; a crowded room tells a sample.
 */

/**
 * @typedef {object} State
 * @property {"idle" | "connecting" | "open" | "degraded" | "waiting" | "closed"} name `idle` until something is asked for;
 *   `degraded`: connected, and the server's store does not answer; `waiting`: for the next attempt to connect.
 * @property {number} [retryIn] `waiting`: ms until the next attempt.
 * @property {string} [code] `degraded`, `waiting`, `closed`: why.
 * @property {string} [why] The same as a sentence.
 */

/**
 * @typedef {object} RoomState
 * @property {"joining" | "open" | "paused" | "degraded" | "closed"} name `paused`: by `pause()`, or since nobody takes the entries.
 * @property {string} [code] `closed`, and `joining` after a refusal that is for now: why.
 * @property {string} [why] The same as a sentence.
 */

/**
 * What a client has done since it was made.
 * @typedef {object} Counters
 * @property {number} requests HTTP requests and WebSocket handshakes.
 * @property {number} bytesUp Octets of bodies and messages sent, without what HTTP and WebSocket add.
 * @property {number} bytesDown Octets received, likewise.
 * @property {number} entries Entries received.
 * @property {number} gaps Gaps told of.
 * @property {number} resets Resets told of.
 * @property {number} duplicates Entries dropped since they had come before. It stays 0.
 * @property {number} late Entries dropped since a newer one had overtaken them, of rooms of which only the newest matters.
 * @property {number} reconnects Connections opened after the first, switches between transports among them.
 */

/**
 * A frame of the session, as PROTOCOL.md has it in section 13.
 * @typedef {object} Frame
 * @property {string} op
 * @property {number | string} [id]
 * @property {string} [room]
 * @property {string} [position]
 * @property {string} [verdict]
 * @property {Missing} [missing]
 * @property {number} [offset]
 * @property {string} [event]
 * @property {unknown} [data]
 * @property {string} [bytes]
 * @property {number} [time]
 * @property {string} [from]
 * @property {string} [session]
 * @property {boolean} [resumed]
 * @property {number} [expires]
 * @property {number} [heartbeat]
 * @property {boolean} [duplicate]
 * @property {Frame[]} [entries]
 * @property {boolean} [more]
 * @property {number} [count]
 * @property {Member[]} [members]
 * @property {Member[]} [changed]
 * @property {Member[]} [sample]
 * @property {string[]} [left]
 * @property {string} [cursor]
 * @property {string} [member]
 * @property {number} [closes]
 * @property {number} [back]
 * @property {string} [code]
 * @property {string} [title]
 * @property {string} [detail]
 * @property {string} [field]
 * @property {number} [retry]
 * @property {string} [token]
 * @property {string} [ticket]
 * @property {string} [key]
 * @property {string} [after]
 * @property {string} [before]
 * @property {number} [last]
 * @property {number} [limit]
 * @property {unknown} [state]
 * @property {string} [delivery]
 * @property {boolean} [present]
 */

/**
 * What an exchange is answered with.
 * @typedef {object} Answer
 * @property {string} session
 * @property {number} [expires]
 * @property {Record<string, string>} rooms
 * @property {Frame[]} replies
 * @property {Frame[]} frames
 * @property {boolean} [more]
 */

export {};
