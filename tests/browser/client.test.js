import { describe } from "node:test";
import { testClientIn } from "./support/client-tests.js";

describe("the client", { concurrency: true }, () => {
  testClientIn("chromium");
  testClientIn("firefox");
});
