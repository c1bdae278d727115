// What both pages of the lab show alike.

const WORDS = {
  idle: "Stopped",
  connecting: "Connecting",
  waiting: "Connection lost",
  cut: "Cut",
  refused: "Refused",
};

/** Verdicts in words for a person. */
export const VERDICTS = {
  ok: "ok",
  gap: "gap: retention was faster",
  reset: "reset: another log",
};

/** Writes a text where it differs: a status region is read aloud when it changes. */
export function showText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Shows how the connection is: its `state`, `note` and `transport`, or null where there is none. */
export function showState(reading) {
  const get = id => document.getElementById(id);
  const state = reading?.state ?? "idle";
  showText(get("state-word"), state === "open" ? (reading.transport.streams ? "Connected" : "Polling") : WORDS[state]);
  showText(get("state-note"), reading?.note ? `, ${reading.note}` : "");
  get("state").dataset.state = state;
  showText(get("cut"), state === "cut" ? "Resume" : state === "refused" ? "Try again" : "Cut the connection");
}

/** Shows a fault above the page, or none. */
export function showFault(fault) {
  const get = id => document.getElementById(id);
  get("fault").hidden = !fault;
  get("fault-words").textContent = fault?.message ?? "";
  get("fault-code").textContent = fault?.code ?? "";
}

/** A line for the list of entries about a verdict, or null for `ok`. */
export function verdictLine(verdict, missing) {
  return verdict === "gap" ? `gap: retention took ${missing.from} to ${missing.to} before they were read`
    : verdict === "reset" ? "reset: this is not the log that the position was read from; reading begins anew"
      : null;
}

/** An element with a class and a text. */
export function make(name, classes = "", text = "") {
  const made = document.createElement(name);
  made.className = classes;
  made.textContent = text;
  return made;
}
