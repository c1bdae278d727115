const encoder = new TextEncoder();

/**
 * The octets of a text as UTF-8.
 * @param {string} text
 */
export const sizeOf = text => encoder.encode(text).length;

/** @param {string} base64 */
export const decode = base64 => Uint8Array.from(atob(base64), character => character.charCodeAt(0));

/** @param {Uint8Array} bytes */
export function encode(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}

/** 24 characters that nobody guesses. */
export const randomKey = () => encode(crypto.getRandomValues(new Uint8Array(18))).replaceAll("+", "-").replaceAll("/", "_");
