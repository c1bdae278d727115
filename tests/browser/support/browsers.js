import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import puppeteer from "puppeteer-core";

/** The browsers that the pages are tested in, with the names of their programs. */
export const browsers = {
  chromium: ["chromium", "chromium-browser", "google-chrome"],
  firefox: ["firefox-esr", "firefox"],
};

const chromiumArguments = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** Why a browser cannot be used here, or false. In continuous integration a missing browser is a failure, not a reason. */
export function missing(name) {
  const found = find(name);
  return found || process.env.CI === "true" ? false : `${browsers[name][0]} is not installed`;
}

/** Starts a browser without a window, with a profile of its own that goes with it. */
export function launch(name, more = {}) {
  const program = find(name);
  if (!program) {
    throw new Error(`${name} is missing: none of ${browsers[name].join(", ")} is in the PATH. On Debian: apt-get install ${browsers[name][0]}`);
  }
  return puppeteer.launch({
    browser: name === "firefox" ? "firefox" : "chrome",
    executablePath: program,
    headless: true,
    args: name === "firefox" ? [] : chromiumArguments,
    ...more,
  });
}

/** Opens a page of a browser, or of a context of it. Firefox opens it beside another one, and says that there is no such frame where that is just being closed by another test. */
export async function newPage(of) {
  for (let attempts = 1; ; attempts++) {
    try {
      return await of.newPage();
    } catch (fault) {
      if (attempts === 5 || !/no such frame|does no longer exist/.test(fault.message)) {
        throw fault;
      }
    }
  }
}

function find(name) {
  for (const program of browsers[name]) {
    for (const folder of process.env.PATH.split(delimiter)) {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return join(folder, program);
      } catch {
        // Not in this folder.
      }
    }
  }
  return null;
}
