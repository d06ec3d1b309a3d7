/** `tidegate up`: starts the supervisor and tells how it comes up, part by part. */
import { type ChildProcess, spawn } from "node:child_process";
import { access, open, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { formatDurationMs } from "#std";
import { CommandFailed } from "../command-failed.ts";
import { makeAll, missingFor, unmakeAll } from "../data-place.ts";
import {
  type Endpoint,
  isAlive,
  type LastPorts,
  readEndpoint,
  readLastPorts,
  runDirectory,
} from "../endpoint.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import {
  apiPortUsual,
  edgePortUsual,
  sshPortUsual,
  startLogLinesMax,
  startMsMax,
} from "../limits.ts";
import { ownProgram } from "../own-program.ts";
import { renderPairs } from "../render/table.ts";
import type { Session } from "../session.ts";
import { until } from "../until.ts";
import { type PublicOptions, type PublicWish, publicWishOf } from "./up-public.ts";
import { isPortFree } from "../port.ts";
import { wholeNumber } from "../whole-number.ts";

export interface UpOptions extends PublicOptions {
  readonly detach?: boolean;
  readonly port?: string;
  readonly edgePort?: string;
  /** A number, or `off`. */
  readonly sshPort?: string;
  readonly edges?: string;
}

export async function up(session: Session, options: UpOptions): Promise<ExitCode> {
  const { terminal, dataDir } = session;
  const wish = await publicWishOf(options, terminal.cwd);
  const flags = [...flagsOf(options), ...(wish?.flags ?? [])];
  const running = await readEndpoint(dataDir);
  if (running !== undefined && (await isAlive(running))) {
    throw new CommandFailed(
      `tidegate runs on ${dataDir} already: ${running.url} (process ${running.pid})`,
      { exitCode: exitCodes.usage, next: "tidegate status, or: tidegate down" },
    );
  }
  const missing = await missingFor(dataDir);
  const tokenFile = path.join(dataDir, "admin-token");
  const isFirst = !(await exists(tokenFile));
  if (session.isDryRun) return preview(session, options, { isFirst, wish });
  terminal.narrate(`starting tidegate on ${dataDir}`);
  const made = await makeAll(dataDir, missing);
  const started = await startSupervisor(dataDir, { flags, made });
  const endpoint = await ready(session, started);
  if (wish !== undefined) await refuseUnopened(session, started);
  announce(session, endpoint, isFirst ? tokenFile : undefined);
  await lead(session);
  await invite(session);
  await warn(session);
  if (options.detach === true) {
    started.child.unref();
    return exitCodes.done;
  }
  return stayWith(session, started.child);
}

/** The ports are tried; which others would be found free is for the start to see. */
async function preview(
  session: Session,
  options: UpOptions,
  { isFirst, wish }: { readonly isFirst: boolean; readonly wish: PublicWish | undefined },
): Promise<ExitCode> {
  const wishes = portWishes(options, await readLastPorts(session.dataDir));
  const ports: string[] = [];
  for (const [use, flag, asked, otherwise] of wishes) {
    const port = Number(asked ?? otherwise);
    const free = await isPortFree(port);
    if (!free && asked !== undefined) throw refusal(`port ${port} is taken`, flag);
    ports.push(`${use} at ${free ? `127.0.0.1:${port}` : `a free port (${port} is taken)`}`);
  }
  const stays = options.detach === true ? "return once it is ready" : "stay until Ctrl-C";
  return session.showPreview({
    effects: [
      isFirst
        ? `make a new instance in ${session.dataDir}, with its database and admin token`
        : `start the instance of ${session.dataDir} again, with the apps it ran`,
      `serve ${new Intl.ListFormat("en").format(ports)}`,
      ...(wish === undefined
        ? []
        : [`open it to others as https://tidegate.${wish.domain}, if there is an administrator`]),
      stays,
    ],
  });
}

type PortWish = readonly [use: string, flag: string, asked: string | undefined, otherwise: number];

function portWishes(options: UpOptions, last: LastPorts): readonly PortWish[] {
  return [
    ["the API", "--port", options.port, last.port ?? apiPortUsual],
    ["the apps", "--edge-port", options.edgePort, last.edgePort ?? edgePortUsual],
    ...(options.sshPort === "off"
      ? []
      : [["git over SSH", "--ssh-port", options.sshPort, last.sshPort ?? sshPortUsual] as const]),
  ];
}

/** Flags that were given are passed on; those that were not are the supervisor's to choose. */
function flagsOf(options: UpOptions): readonly string[] {
  const flags: string[] = [];
  const numbers = [
    ["--port", options.port, 65_535],
    ["--edge-port", options.edgePort, 65_535],
    ["--ssh-port", options.sshPort, 65_535],
    ["--https-port", options.httpsPort, 65_535],
    ["--http-port", options.httpPort, 65_535],
    ["--edges", options.edges, 64],
  ] as const;
  for (const [flag, text, most] of numbers) {
    if (text === undefined) continue;
    if (flag !== "--ssh-port" || text !== "off") {
      wholeNumber(flag, text, { most, next: "tidegate up --help" });
    }
    flags.push(flag, text);
  }
  return flags;
}

interface Started {
  readonly child: ChildProcess;
  readonly logFile: string;
  /** The directories that were made for it. */
  readonly made: readonly string[];
  /** Resolves when the supervisor has ended, with how. */
  readonly ended: Promise<string>;
}

async function startSupervisor(
  dataDir: string,
  { flags, made }: { readonly flags: readonly string[]; readonly made: readonly string[] },
): Promise<Started> {
  const logFile = path.join(runDirectory(dataDir), "supervisor.log");
  const log = await open(logFile, "a", 0o600);
  const [file, ...argv] = ownProgram("supervisor", ["--data", dataDir, ...flags]);
  const cache = new URL("../../../../node_modules/.cache/tidegate", import.meta.url);
  const NODE_COMPILE_CACHE = fileURLToPath(cache);
  // In a group of its own: Ctrl-C comes to us, and we pass it on once.
  const child = spawn(file, argv, {
    detached: true,
    // Set before it starts: what is compiled already costs neither time nor memory, and one heap is enough.
    env: { NODE_COMPILE_CACHE, MALLOC_ARENA_MAX: "1", ...process.env },
    stdio: ["ignore", log.fd, log.fd],
    cwd: dataDir,
  });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  await log.close();
  return { child, logFile, made, ended };
}

/** Waits until everything answers, and tells of each part that has come up. */
async function ready(session: Session, started: Started): Promise<Endpoint> {
  const { terminal, dataDir } = session;
  let told = 0;
  const look = async () => {
    const endpoint = await readEndpoint(dataDir);
    if (endpoint === undefined || endpoint.pid !== started.child.pid) return undefined;
    for (const part of endpoint.parts?.slice(told) ?? []) {
      told += 1;
      const tookText = formatDurationMs(part.tookMs).padStart(8);
      const line = `  ${part.name.padEnd(9)} ${tookText}  ${part.detail ?? ""}`;
      terminal.narrate(line.trimEnd());
    }
    return endpoint.isReady || endpoint.problem !== undefined ? endpoint : undefined;
  };
  const watched = until(runDirectory(dataDir), { timeoutMs: startMsMax, look });
  const outcome = await Promise.race([watched, started.ended]);
  if (typeof outcome === "object" && outcome.problem === undefined) return outcome;
  started.child.kill("SIGTERM");
  throw await whyNot(session, started, typeof outcome === "object" ? outcome.problem : outcome);
}

async function whyNot(
  { terminal, dataDir }: Session,
  started: Started,
  reason: string | undefined,
): Promise<CommandFailed> {
  const last = await readEndpoint(dataDir);
  // An older start may have left its file: its problem is not this one's.
  const mine = last?.pid === started.child.pid ? last : undefined;
  const known = mine?.problem;
  if (known !== undefined && mine?.flag !== undefined) {
    await started.ended;
    await unmakeAll(dataDir, started.made);
    return refusal(known, mine.flag);
  }
  // A problem that was named needs no log beside it.
  const lines = known === undefined ? await tail(started.logFile) : [];
  for (const line of lines) terminal.narrate(`  | ${line}`);
  const waited = `it was not ready after ${formatDurationMs(startMsMax)}`;
  return new CommandFailed(`tidegate did not start: ${known ?? reason ?? waited}`, {
    exitCode: exitCodes.platform,
    next: `tidegate doctor; the whole log is ${started.logFile}`,
  });
}

/** What was asked for by name is not replaced by something else: it is refused like a mistyped word. */
function refusal(problem: string, flag: string): CommandFailed {
  if (flag === "--https-port" || flag === "--http-port") {
    const next = problem.includes("root only")
      ? `allow node to take it: sudo setcap cap_net_bind_service=+ep ${process.execPath}; or name a port above 1023 that 443 is led to: tidegate up ${flag} N`
      : `stop what listens there (ss -ltnp shows it), or name another one: tidegate up ${flag} N`;
    return new CommandFailed(problem, { exitCode: exitCodes.usage, next });
  }
  return new CommandFailed(`${problem}; expected a free port of 127.0.0.1`, {
    exitCode: exitCodes.usage,
    next: `tidegate up ${flag} with another one, or without ${flag}: then a free one is found`,
  });
}

function announce(session: Session, endpoint: Endpoint, newTokenFile: string | undefined): void {
  const { terminal } = session;
  for (const note of endpoint.notes) terminal.narrate(`note: ${note}`);
  session.show(endpoint, () => {
    const rows = [
      ["api", endpoint.url],
      // Each by a name of its own.
      ["apps", endpoint.edgeUrl.replace("//", "//APP.")],
      ["git over ssh", endpoint.sshUrl],
      ["open to others", endpoint.publicUrl],
      ["data", session.dataDir],
      ["token", newTokenFile === undefined ? undefined : `${newTokenFile} (new; keep it private)`],
    ] as const;
    const took = formatDurationMs(terminal.now() - endpoint.startedAt);
    return `tidegate is up after ${took}\n${renderPairs(rows, terminal.paint)}`;
  });
}

/** To the first app; to what there is, once there are some. */
async function lead(session: Session): Promise<void> {
  const { apps } = await (await session.client()).call("GET /api/v1/apps", {});
  const first = "cd your-app && tidegate app create NAME && tidegate link NAME";
  session.terminal.narrate(`next: ${apps.length === 0 ? first : "tidegate status"}`);
}

/** Who asked for it to be open gets it open or not at all: what does not is told, and all is stopped again. */
async function refuseUnopened(session: Session, started: Started): Promise<void> {
  const { findings } = await (await session.client()).call("GET /api/v1/findings", {});
  const fault = findings.find(({ name, state }) => name === "public address" && state === "bad");
  if (fault === undefined) return;
  started.child.kill("SIGTERM");
  await started.ended;
  throw new CommandFailed(`tidegate was not opened to others, and was stopped: ${fault.found}`, {
    exitCode: exitCodes.usage,
    next: fault.next ?? "tidegate up --help",
  });
}

/** On a machine without any user, how to become the first. */
async function invite(session: Session): Promise<void> {
  const { hasUsers } = await (await session.client()).call("GET /api/v1/session/ways", {});
  if (hasUsers) return;
  session.terminal.narrate(
    "in the browser: tidegate open; others can sign in once there is an administrator: tidegate invitation create NAME --role admin",
  );
}

/** What will keep apps from running or from being fenced in is told now, not at the first push. */
async function warn(session: Session): Promise<void> {
  const { findings } = await (await session.client()).call("GET /api/v1/findings", {});
  for (const { name, state, found, next } of findings) {
    if (state !== "bad") continue;
    session.terminal.narrate(`warning: ${name}: ${found}${next === undefined ? "" : `; ${next}`}`);
  }
}

/** In the foreground: until the supervisor ends, or a person ends it. */
async function stayWith(session: Session, child: ChildProcess): Promise<ExitCode> {
  let isAsked = false;
  const stop = () => {
    if (!isAsked) session.terminal.narrate("stopping");
    isAsked = true;
    child.kill("SIGTERM");
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  if (child.exitCode === null && child.signalCode === null) {
    await new Promise<void>((resolve) => child.once("exit", () => resolve()));
  }
  if (isAsked || child.exitCode === 0) return exitCodes.done;
  throw new CommandFailed("tidegate has ended unexpectedly", {
    exitCode: exitCodes.platform,
    next: `see ${path.join(runDirectory(session.dataDir), "supervisor.log")}`,
  });
}

async function tail(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-startLogLinesMax);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
