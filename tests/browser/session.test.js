import { describe } from "node:test";
import { testSessionLabIn } from "./support/session-lab-tests.js";

describe("the session page", { concurrency: true }, () => {
  testSessionLabIn("chromium", [1, 2, 3]);
  testSessionLabIn("firefox", [1, 3]);
});
