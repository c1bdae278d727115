/**
 * Checks the log as it comes: counts every entry, and by its offset every repetition and every hole.
 * It repairs nothing and drops nothing, so a fault of the server cannot hide behind it.
 */
export class Ledger {
  received = 0;
  duplicates = 0;
  /** Offsets that retention took before they were read, as the server said. Not a fault: it was announced. */
  announced = 0;
  #floor = null;
  #holes = [];

  /** The highest offset read, or null when it is not known where the reader stands. */
  get floor() {
    return this.#floor;
  }

  /** Offsets that were jumped over without a word. */
  get missing() {
    return this.#holes.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  }

  /** Takes an entry; returns false if it had been received before. */
  entry(offset) {
    this.received++;
    if (this.#floor === null || offset > this.#floor) {
      this.#jumpTo(offset, offset - 1);
      return true;
    }
    if (this.#fill(offset)) {
      return true;
    }
    this.duplicates++;
    return false;
  }

  /** Takes the verdict on the position that was presented. */
  verdict(verdict, missing) {
    if (verdict === "reset") {
      this.#floor = null;
    } else if (verdict === "gap" && missing) {
      this.#jumpTo(Math.max(missing.to, this.#floor ?? 0), missing.from - 1);
      this.announced += missing.to - missing.from + 1;
    }
  }

  /** Takes a position that the server handed out: everything up to its offset has been delivered. */
  position(position) {
    const offset = offsetOf(position);
    if (offset !== null && (this.#floor === null || offset > this.#floor)) {
      this.#jumpTo(offset, offset);
    }
  }

  // Moves the floor up; what lies between the old floor and `covered` was skipped.
  #jumpTo(offset, covered) {
    if (this.#floor !== null && covered > this.#floor) {
      this.#holes.push([this.#floor + 1, covered]);
    }
    this.#floor = offset;
  }

  // An entry that comes late fills its place in a hole.
  #fill(offset) {
    const index = this.#holes.findIndex(([from, to]) => from <= offset && offset <= to);
    if (index < 0) {
      return false;
    }
    const [from, to] = this.#holes[index];
    this.#holes.splice(index, 1, ...[[from, offset - 1], [offset + 1, to]].filter(([a, b]) => a <= b));
    return true;
  }
}

/** The offset in a position `epoch-offset-mark`. To programs a position is opaque; this page is here to look inside. */
export function offsetOf(position) {
  const offset = Number(position?.split("-").at(-2));
  return Number.isSafeInteger(offset) ? offset : null;
}
