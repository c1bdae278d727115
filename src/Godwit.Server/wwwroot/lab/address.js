// Where things are: the server's mount point, the URLs of rooms, and the page's own state in its address.

const mount = document.querySelector('meta[name="godwit-mount"]').content.replace(/\/+$/, "");

/** The URL of a room with a query; parameters that are null or undefined are left out. */
export function roomUrl(room, query = {}) {
  const url = new URL(`${mount}/rooms/${encodeURIComponent(room)}`, location.href);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) {
      url.searchParams.set(name, value);
    }
  }
  return url.href;
}

/** The URL of sessions. */
export function sessionUrl() {
  return new URL(`${mount}/session`, location.href).href;
}

/** The URL of the mount point, under which the client is too. */
export function mountUrl() {
  return new URL(mount, location.href).href.replace(/\/+$/, "");
}

/** What the page's address asks for. */
export function readAddress() {
  const query = new URLSearchParams(location.search);
  return { room: query.get("room") ?? "lobby", transport: query.get("transport") };
}

/** Puts the room, and the transport where the page has one, into the address, so that a copied link opens the same view. */
export function writeAddress({ room, transport }) {
  const url = new URL(location.href);
  url.searchParams.set("room", room);
  if (transport) {
    url.searchParams.set("transport", transport);
  }
  history.replaceState(null, "", url);
}

/** What the address of the session page asks for. */
export function readSessionAddress() {
  const query = new URLSearchParams(location.search);
  const rooms = (query.get("rooms") ?? "lobby,news").split(",").filter(room => roomNameFault(room) === null);
  return { rooms: [...new Set(rooms)], transport: query.get("transport") };
}

/** Puts the rooms and the transport of the session into the address. */
export function writeSessionAddress({ rooms, transport }) {
  const url = new URL(location.href);
  url.search = `?rooms=${rooms.join(",")}&transport=${transport}`; // Nothing in a room name needs an escape here.
  history.replaceState(null, "", url);
}

/** Why a text is not a room name, or null. */
export function roomNameFault(name) {
  return /^[A-Za-z0-9_.~:@-]{1,200}$/.test(name) && name !== "." && name !== ".."
    ? null
    : "A room name is 1 to 200 of A–Z a–z 0–9 _ . ~ : @ - and neither “.” nor “..”.";
}
