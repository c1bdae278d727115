import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The address of the one interface, beside loopback, of such a network. */
export const ownAddress = "10.77.0.1";

// A route to everywhere: Firefox asks the system which address it would send from, and offers that one alone.
const prepare = `ip link set lo up
ip link add own0 type veth peer name own1
ip address add ${ownAddress}/24 dev own0
ip link set own0 up
ip link set own1 up
ip route add default dev own0
exec "$@"`;

/** Why there can be no network of a test's own here, or false. @param {Record<string, string>} more Programs that the test needs besides, and their packages. */
export function missingNetwork(more = {}) {
  if (process.platform !== "linux") {
    return "network namespaces are Linux's";
  }
  if (process.getuid() !== 0) {
    return "a network namespace takes root";
  }
  const packages = { unshare: "util-linux", ip: "iproute2", ...more };
  const absent = Object.keys(packages).find(program => !process.env.PATH.split(delimiter).some(folder => isProgram(join(folder, program))));
  return absent ? `${absent} is not installed (Debian: apt-get install ${packages[absent]})` : false;
}

/** Whether this process is in one. */
export const isInOwnNetwork = process.env.OWN_NETWORK === "1";

/** Runs a file of tests in a network namespace without a name, which goes with its last process, and resolves with its exit code and what it said. */
export function runInOwnNetwork(file) {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env; // Else the runner within would report to the one outside.
  const child = spawn("unshare", ["--net", "--", "sh", "-ec", prepare, "sh", process.execPath, "--test", "--test-reporter=spec", file], {
    env: { ...environment, OWN_NETWORK: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", text => {
      said += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", code => resolve({ code, said }));
  });
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
