const POSITION = /\b[0-9A-Za-z_~]{11}-[0-9]+-[0-9A-Za-z_~]{6}/;
const VARIABLE = new RegExp(`(?<position>${POSITION.source})|(?<=time"?: ?)[0-9]{13}|…`, "g");

/**
 * Whether what came is what a document shows. Every character counts but for what differs from run to run: of a position the
 * epoch and the mark, of an entry its time, and whatever the document leaves out with an ellipsis. Epochs and positions that are
 * the same in the document are the same in what came, and different ones differ.
 */
export class Likeness {
  #actual = new Map();
  #shown = new Map();

  /** Whether a line is like the shown one. If so the positions in it are known from then on. */
  takes(shown, actual) {
    const names = [];
    let pattern = "";
    let end = 0;
    for (const variable of shown.matchAll(VARIABLE)) {
      const [text] = variable;
      pattern += escaped(shown.slice(end, variable.index));
      end = variable.index + text.length;
      if (variable.groups.position) {
        names.push(text);
        pattern += `([0-9A-Za-z_~]{11}-${text.split("-")[1]}-[0-9A-Za-z_~]{6})`;
      } else if (text === "…") {
        pattern += shown[variable.index - 1] === '"' ? '[^"]+' : ".+";
      } else {
        pattern += "[0-9]{13}";
      }
    }
    const match = new RegExp(`^${pattern}${escaped(shown.slice(end))}$`).exec(actual);
    if (!match) {
      return false;
    }
    const pairs = names.flatMap((name, index) => [[name, match[index + 1]], [epochOf(name), epochOf(match[index + 1])]]);
    const agrees = ([name, value]) =>
      (this.#actual.get(name) ?? value) === value
      && (this.#shown.get(value) ?? name) === name
      && pairs.every(([otherName, otherValue]) => (otherName === name) === (otherValue === value));
    if (!pairs.every(agrees)) {
      return false;
    }
    for (const [name, value] of pairs) {
      this.#actual.set(name, value);
      this.#shown.set(value, name);
    }
    return true;
  }
}

const epochOf = position => position.split("-")[0];
const escaped = text => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
