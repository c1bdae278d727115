/** Pictures of a busy page that a person can tell apart, as a pause between two in ms. */
const PAUSE = 100;

/** Makes of `paint` a function that may be called at any rate: at once when nothing was painted lately, else soon. */
export function paced(paint) {
  let due = false;
  let last = -PAUSE;
  return () => {
    if (!due) {
      due = true;
      setTimeout(() => requestAnimationFrame(now => {
        due = false;
        last = now;
        paint();
      }), Math.max(0, last + PAUSE - performance.now()));
    }
  };
}
