/**
 * Watches what befalls the page that the client runs in.
 * @param {import("./environment.js").Environment} environment
 * @param {{wake: () => void, online: () => void, hide: () => void}} told
 * @returns {() => void} What ends it.
 */
export function watchPage({ page, document }, { wake, online, hide }) {
  const seen = () => {
    if (/** @type {Document} */ (document).visibilityState !== "hidden") {
      wake();
    }
  };
  /** @type {[EventTarget | undefined, string, () => void][]} */
  const watched = [
    [page, "online", online],
    [page, "offline", wake],
    [page, "pageshow", wake],
    [page, "pagehide", hide],
    [document, "resume", wake],
    [document, "visibilitychange", seen],
  ];
  watched.forEach(([target, event, run]) => target?.addEventListener(event, run));
  return () => watched.forEach(([target, event, run]) => target?.removeEventListener(event, run));
}
