// What a stream says, one frame at a time. The same frames come over SSE, NDJSON and WebSocket.

/**
 * Passes a frame on to the reader that holds the position.
 * An op that this page does not know is ignored, as the contract asks of every client.
 */
export function take(frame, on) {
  switch (frame.op) {
    case "entry":
      on.entry(frame);
      break;
    case "joined":
      on.verdict(frame.verdict, frame.missing);
      on.position(frame.position);
      break;
    case "gap":
    case "reset":
      on.verdict(frame.op, frame.missing);
      on.position(frame.position);
      break;
    case "degraded":
    case "restored":
    case "drain":
    case "error":
      on.notice(frame);
      break;
  }
}

/** The query of a request that begins where the reader is: at its position or, for a new reader, with the newest entries. */
export function beginning(from, extra = {}) {
  return { ...(from.after ? { after: from.after } : { last: String(from.last) }), ...extra };
}
