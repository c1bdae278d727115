import { describe } from "node:test";
import { testCompareIn } from "./support/compare-tests.js";

// Both browsers mostly wait, so they do it at the same time.
describe("the page of transports side by side", { concurrency: true }, () => {
  testCompareIn("chromium");
  testCompareIn("firefox");
});
