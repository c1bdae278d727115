/** A request that the chat's server refused, with a sentence for the user. */
export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** Who is signed in, the rooms to show, and how large a message may be. */
export const scene = () => ask("/scene");

/** Signs in; answers `{user, ticket}`. */
export const signIn = (name, password) => ask("/sign-in", { name, password });

/** A ticket for one more connection; the browser's cookie says whose. Answers `{user, ticket}`. */
export const ticket = () => ask("/ticket", {});

/** Ends the sign-in. */
export const signOut = () => ask("/sign-out", {});

async function ask(path, body) {
  let response;
  try {
    response = await fetch(path, body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw new Refused(0, "The server cannot be reached.");
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Refused(response.status, problem.title ?? `The server answered ${response.status}.`);
  }
  return response.status === 204 ? null : response.json();
}
