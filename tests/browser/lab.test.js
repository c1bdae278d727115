import { describe } from "node:test";
import { testLabIn } from "./support/lab-tests.js";

// Both browsers mostly wait, so they do it at the same time.
describe("the lab page", { concurrency: true }, () => {
  testLabIn("chromium", [1, 2, 3, 4]);
  testLabIn("firefox", [1, 3]);
});
