/**
 * Where the story takes place: a directory of its own, with an author's clone and Tidegate's data in it,
 * an environment without the visitor's own settings, and free ports. Closing it leaves nothing behind.
 */
import type { ChildProcess } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Narrator } from "./narrator.ts";
import { eachLine, type Ended, mustRun, run, start, stop } from "./programs.ts";
import { expect, StepFailed } from "./step-failed.ts";

export interface Stage {
  readonly directory: string;
  readonly dataDir: string;
  /** The author's clone. */
  readonly clone: string;
  readonly narrator: Narrator;
  readonly ports: { readonly api: number; readonly edge: number };
  /** Runs `tidegate`, shown; gives stdout. */
  tidegate(...args: readonly string[]): Promise<string>;
  /** Asks `tidegate … --json`, not shown; gives what was parsed. */
  ask(...args: readonly string[]): Promise<unknown>;
  /** Runs git in the author's clone; gives stdout. */
  git(...args: readonly string[]): Promise<string>;
  /** `git push`, shown, with each line as the author sees it; it may end badly. */
  push(...args: readonly string[]): Promise<Ended>;
  startTraffic(url: string, shape: TrafficShape): Promise<Traffic>;
  stopTraffic(): Promise<void>;
  /** Resolves when all that was started has ended and the directory is gone. */
  close(): Promise<void>;
}

export interface TrafficShape {
  readonly users: number;
  readonly requestsPerSecond: number;
  readonly secondsMax: number;
}

export interface TrafficCounts {
  readonly elapsedMs: number;
  readonly users: number;
  readonly requests: number;
  readonly answered: number;
  readonly failed: number;
  readonly lost: number;
  readonly turnedAway: number;
}

export interface Traffic {
  readonly pid: number | undefined;
  /** The counts until now. */
  counts(): Promise<TrafficCounts>;
}

const root = join(import.meta.dirname, "../..");
const commandTimeoutMs = 90_000;
const pushTimeoutMs = 150_000;

export async function openStage(narrator: Narrator, signal: AbortSignal): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), "tidegate-demo-"));
  // PostgreSQL refuses to run as root and gets a user of its own, who must be able to pass through here.
  await chmod(directory, 0o711);
  const dataDir = join(directory, "data");
  const clone = join(directory, "shop");
  await mkdir(clone);
  const env = environment(dataDir);
  const ports = { api: await freePort(), edge: await freePort() };
  let traffic: ChildProcess | undefined;

  const program = (file: string, args: readonly string[], timeoutMs = commandTimeoutMs) => ({
    file,
    args,
    cwd: clone,
    env,
    timeoutMs,
  });
  const cli = join(root, "bin/tidegate");
  const show = (line: string): void => narrator.printed(line);
  // The story itself is what comes next.
  const showButNext = (line: string): void => {
    if (!line.startsWith("next: ")) show(line);
  };

  return {
    directory,
    dataDir,
    clone,
    narrator,
    ports,
    async tidegate(...args) {
      narrator.command(`tidegate ${args.join(" ")}`);
      // Starting is not cut short: half a start would leave processes that nobody knows of.
      const heeded = args[0] === "up" ? undefined : signal;
      const stdout = await mustRun({ ...program(cli, args), onLine: showButNext }, heeded);
      signal.throwIfAborted();
      return stdout;
    },
    async ask(...args) {
      const stdout = await mustRun(program(cli, [...args, "--json"]), signal);
      return JSON.parse(stdout);
    },
    async git(...args) {
      return await mustRun(program("git", args), signal);
    },
    async push(...args) {
      narrator.command(`git push ${args.join(" ")}`);
      const pushing = program("git", ["push", ...args], pushTimeoutMs);
      return await run({ ...pushing, onLine: show }, signal);
    },
    async startTraffic(url, shape) {
      expect(traffic === undefined, "one stream of users", "a second one");
      const { users, requestsPerSecond, secondsMax } = shape;
      const flags = { url, users, rate: requestsPerSecond, seconds: secondsMax };
      const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
      const args = [join(root, "tools/traffic.ts"), "--attended", ...words];
      traffic = start(program(process.execPath, args), "pipe");
      return await follow(traffic);
    },
    async stopTraffic() {
      if (traffic !== undefined) await ended(traffic);
    },
    async close() {
      if (traffic !== undefined) await ended(traffic);
      await run(program(cli, ["down"])).catch(() => undefined);
      const left = await killLeftovers(directory);
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      expect(left.length === 0, "nothing to be left running", left.join("; "));
    },
  };
}

/** Speaks with the traffic's process: a line in, a line of counts out. */
async function follow(child: ChildProcess): Promise<Traffic> {
  const waiting: ((counts: TrafficCounts | undefined) => void)[] = [];
  const complaints: string[] = [];
  eachLine(child.stdout, (line) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own program's line
    waiting.shift()?.(JSON.parse(line) as TrafficCounts);
  });
  eachLine(child.stderr, (line) => complaints.push(line));
  child.once("close", () => waiting.splice(0).forEach((resolve) => resolve(undefined)));
  const next = async (): Promise<TrafficCounts> => {
    const counts = await new Promise<TrafficCounts | undefined>((resolve) => {
      if (child.exitCode === null && child.signalCode === null) waiting.push(resolve);
      else resolve(undefined);
    });
    if (counts !== undefined) return counts;
    throw new StepFailed("a stream of users", `it ended: ${complaints.slice(-5).join(" | ")}`);
  };
  await next();
  return {
    pid: child.pid,
    counts: async () => {
      child.stdin?.write("\n");
      return await next();
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  stop(child);
  await closed;
}

/** What programs need of the visitor's environment, and none of their settings for git, npm or Tidegate. */
function environment(dataDir: string): Readonly<Record<string, string>> {
  const passed =
    /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|NO_COLOR|TIDEGATE_ALLOW_UNSANDBOXED|\w+_proxy|\w+_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|npm_config_(?:registry|userconfig|cafile))$/;
  const own = Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && passed.test(name) ? [[name, value] as const] : [],
  );
  const noProxy = [process.env["no_proxy"] ?? process.env["NO_PROXY"], "127.0.0.1", "localhost"];
  const direct = noProxy.filter((host) => host !== undefined && host !== "").join(",");
  return {
    ...Object.fromEntries(own),
    no_proxy: direct,
    NO_PROXY: direct,
    TIDEGATE_DATA: dataDir,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
}

/** A port below the range that outgoing connections take theirs from, so that it is still free in a moment. */
async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = 12_000 + Math.floor(Math.random() * 6000);
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen({ port, host: "127.0.0.1" }, () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
  throw new StepFailed("a free port between 12000 and 18000", "50 that are taken");
}

/** Ends what still works in the directory; there should be nothing. Linux only: elsewhere there is no /proc. */
async function killLeftovers(directory: string): Promise<readonly string[]> {
  const left: string[] = [];
  for (const name of await readdir("/proc").catch(() => [])) {
    const pid = Number(name);
    if (!Number.isSafeInteger(pid) || pid === process.pid) continue;
    const argv = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "");
    if (!argv.includes(directory) && !cwd.startsWith(directory)) continue;
    left.push(`${pid} ${argv.replaceAll("\0", " ").trim().slice(0, 120)}`);
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended on its own in this very moment.
    }
  }
  return left;
}
