/**
 * Texts of a page that cannot be read: their contrast to what is behind them is below that of WCAG 2.2, 1.4.3 (4.5, and 3 for
 * large text). To be run in the page.
 */
export function unreadable() {
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map(value => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const colour = text => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const background = colour(getComputedStyle(at).backgroundColor);
      if (background[3] > 0) {
        return background;
      }
    }
    return [255, 255, 255, 1];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const says = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "");
    const style = getComputedStyle(element);
    if (!says || !element.checkVisibility() || element.matches(":disabled, option, noscript, noscript *") || style.clipPath !== "none" || element.closest(".skip")) {
      continue;
    }
    const [light, dark] = [luminance(colour(style.color)), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) {
      found.push(`${element.outerHTML.slice(0, 120)}: ${ratio.toFixed(2)}`);
    }
  }
  return found;
}
