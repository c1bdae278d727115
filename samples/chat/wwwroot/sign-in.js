import { get, say } from "./element.js";
import { signIn } from "./server.js";

/** The form that is shown while nobody is signed in. */
export class SignInForm {
  #form = get("sign-in-form");

  /** @param {(admission: {user: string, ticket: string}) => void} admitted told who signed in */
  constructor(admitted) {
    this.#form.addEventListener("submit", async submitted => {
      submitted.preventDefault();
      const button = this.#form.querySelector("button");
      button.disabled = true;
      say(get("sign-in-fault"), null);
      try {
        const admission = await signIn(get("name").value.trim(), get("password").value);
        get("password").value = "";
        admitted(admission);
      } catch (fault) {
        say(get("sign-in-fault"), fault.message);
        get("password").select();
      } finally {
        button.disabled = false;
      }
    });
  }

  /** Shows the form, with a sentence on why, where there is one. */
  show(why) {
    get("chat").hidden = true;
    get("sign-in").hidden = false;
    say(get("sign-in-fault"), why);
    get("name").focus();
  }

  hide() {
    get("sign-in").hidden = true;
    get("chat").hidden = false;
  }
}
