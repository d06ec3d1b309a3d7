/**
 * What every npm script goes through: sees to it that what the project needs is there, then runs the
 * real thing with the project's own Node. Plain JavaScript for Node 20, since nothing is installed yet.
 *
 *   node tools/bootstrap.mjs TASK [WORDS...]     the tasks are listed in tools/tasks.ts
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { notAsLocked } from "./not-as-locked.mjs";

const nodeMajorMin = 20;
const ownNodeMajor = 24;
const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");
const modules = join(root, "node_modules");
const lockFile = join(root, "package-lock.json");
/** npm's own record of what it put there. */
const installedFile = join(modules, ".package-lock.json");
/** Says which package-lock.json was installed; file times would be wrong after every checkout. */
const stampFile = join(modules, ".tidegate-installed");
const ownNode = join(modules, ".bin", "node");
const nodePackage = join(modules, "node", "package.json");

/** Debian packages, the program that tells whether they are there, who needs them, and what is skipped without. */
const systemPackages = [
  {
    name: "bubblewrap",
    program: "bwrap",
    tasks: new Set(["demo", "test", "unit", "bench"]),
    without: "apps run in sandbox level 1, and tests of levels 2 and 3 are skipped",
    withoutAsUser: "no app runs unless TIDEGATE_ALLOW_UNSANDBOXED=yes, and its tests are skipped",
  },
  {
    name: "chromium",
    program: "chromium",
    tasks: new Set(["test", "bench"]),
    without: "the console's journeys and its benchmark are skipped",
    withoutAsUser: "the console's journeys and its benchmark are skipped",
    isOptional: true,
  },
  {
    name: "openssh-client",
    program: "ssh",
    tasks: new Set(["test"]),
    without: "the journey of git over SSH is skipped",
    withoutAsUser: "the journey of git over SSH is skipped",
    isOptional: true,
  },
  {
    name: "pebble",
    program: "pebble",
    tasks: new Set(["test"]),
    without: "the journey of certificates by ACME is skipped",
    withoutAsUser: "the journey of certificates by ACME is skipped",
    isOptional: true,
  },
];
/** These end early where no app may run; tests are skipped one by one instead. */
const tasksThatNeedApps = new Set(["demo", "bench"]);

main(process.argv.slice(2));

function main([task, ...words]) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < nodeMajorMin) {
    fail(`needs Node ${nodeMajorMin} or newer to begin with; this is ${process.version}`);
  }
  if (task === undefined) fail("which task? for example: npm run demo");
  if (!has("git")) fail("git is missing. Next: apt-get install git");
  installModules();
  for (const wanted of systemPackages) {
    const isNeeded = tasksThatNeedApps.has(task) && !wanted.isOptional;
    if (wanted.tasks.has(task)) installSystem(wanted, isNeeded);
  }
  runTask(findNode(), task, words);
}

function installModules() {
  const before = readFileSync(lockFile, "utf8");
  const wanted = createHash("sha256").update(before).digest("hex");
  const isThere = existsSync(stampFile) && readFileSync(stampFile, "utf8").trim() === wanted;
  if (!isThere || !existsSync(nodePackage)) {
    say("installing packages from package-lock.json; the first time takes about a minute");
    const startedAt = Date.now();
    // As npm itself says it: what it complains about is worth reading, what it counts is not.
    const flags = ["--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];
    const npm = spawnSync("npm", ["install", ...flags], {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (npm.status !== 0) fail("npm install failed, see above. Next: mend that and try again");
    // A registry may have, or lack, builds for other platforms than it had when the lock was written.
    writeFileSync(lockFile, before);
    const odd = notAsLocked(before, readFileSync(installedFile, "utf8"));
    if (odd.length > 0) {
      fail(`installed otherwise than package-lock.json says: ${odd.join(", ")}. Next: npm ci`);
    }
    writeFileSync(stampFile, `${wanted}\n`);
    say(`installed in ${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
  }
}

/** The project's own Node, or the one that runs this where npm may run no install scripts and it is new enough. */
function findNode() {
  const version = ownNodeVersion();
  if (version?.startsWith(`v${ownNodeMajor}.`)) return ownNode;
  const missing = `node_modules/.bin/node is ${version ?? "missing"}, expected Node ${ownNodeMajor}`;
  if (Number(process.versions.node.split(".")[0]) >= ownNodeMajor) {
    say(`${missing}; using ${process.version} instead`);
    return process.execPath;
  }
  return fail(
    `${missing}. npm was told not to run the install script that brings it. ` +
      "Next: npm rebuild --ignore-scripts=false node",
  );
}

function ownNodeVersion() {
  if (!existsSync(ownNode)) return undefined;
  return spawnSync(ownNode, ["--version"], { encoding: "utf8" }).stdout?.trim() || undefined;
}

function installSystem({ name, program, without, withoutAsUser }, isNeeded) {
  if (has(program)) return;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !has("apt-get")) {
    const isFatal = isNeeded && !isRoot && process.env.TIDEGATE_ALLOW_UNSANDBOXED !== "yes";
    const meaning = isRoot ? without : withoutAsUser;
    const tell = isFatal ? fail : say;
    tell(`${name} is missing: ${meaning}. Next: sudo apt-get install ${name}`);
    return;
  }
  say(`installing the Debian package ${name}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args) => spawnSync("apt-get", ["-qq", ...args], { env, encoding: "utf8" });
  const install = () => apt("install", "-y", "--no-install-recommends", name);
  if (install().status === 0) return;
  apt("update");
  const second = install();
  if (second.status === 0) return;
  say(`apt-get install ${name} failed (${second.stderr.trim().split("\n").at(-1)}): ${without}`);
}

function has(program) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .some((directory) => directory !== "" && existsSync(join(directory, program)));
}

/** Runs the task and ends as it ends; signals go to it, and it decides what to clean up. */
function runTask(node, task, words) {
  const env = {
    ...process.env,
    PATH: `${join(modules, ".bin")}${delimiter}${process.env.PATH ?? ""}`,
  };
  const args = ["--conditions=source", join(root, "tools", "tasks.ts"), task, ...words];
  const child = spawn(node, args, { cwd: root, env, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A terminal's Ctrl-C reaches the child by itself; a second one does no harm.
    process.on(signal, () => child.kill(signal));
  }
  child.once("error", (error) => fail(`cannot run ${node}: ${error.message}`));
  child.once("exit", (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 1));
  });
}

function say(text) {
  process.stderr.write(`set-up: ${text}\n`);
}

function fail(text) {
  process.stderr.write(`set-up: ${text}\n`);
  process.exit(1);
}
