/** Shorthand for an element of the page. */
export const get = id => document.getElementById(id);

/**
 * Makes an element. What is inside is text or elements, and text stays text: nothing in the page ever becomes HTML.
 * @param {string} tag
 * @param {string | null} className
 * @param {...(Node | string)} inside
 */
export function element(tag, className, ...inside) {
  const made = document.createElement(tag);
  if (className) {
    made.className = className;
  }
  made.append(...inside);
  return made;
}

/** Shows a sentence in an element that is hidden while it has none. */
export function say(place, sentence) {
  place.textContent = sentence ?? "";
  place.hidden = !sentence;
}
