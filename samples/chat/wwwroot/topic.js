import { get } from "./element.js";

/** The form that changes the topic of the room. The application says whether it may be. */
export class TopicForm {
  /**
   * @param {() => import("./conversation.js").Conversation | null} conversation the one that is open
   * @param {(sentence: string) => void} refused told why not
   */
  constructor(conversation, refused) {
    get("topic-edit").addEventListener("click", () => {
      get("topic-text").value = get("topic").textContent;
      this.#edit(true);
      get("topic-text").select();
    });
    get("topic-cancel").addEventListener("click", () => this.#edit(false));
    get("topic-form").addEventListener("keydown", pressed => pressed.key === "Escape" && this.#edit(false));
    get("topic-form").addEventListener("submit", async submitted => {
      submitted.preventDefault();
      try {
        await conversation().changeTopic(get("topic-text").value);
        this.#edit(false);
      } catch (fault) {
        refused(fault.message);
      }
    });
  }

  #edit(editing) {
    get("topic-form").hidden = !editing;
    get("topic").hidden = editing;
    get("topic-edit").hidden = editing;
    if (!editing) {
      get("topic-edit").focus();
    }
  }
}
