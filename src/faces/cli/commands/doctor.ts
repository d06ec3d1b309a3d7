/** `tidegate doctor`: what this machine offers, and how to improve it. Works with no instance, too. */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { some } from "#std";
import type { FindingResource } from "#faces/api/contract";
import { CommandFailed } from "../command-failed.ts";
import {
  type Endpoint,
  isAlive,
  type LastPorts,
  readEndpoint,
  readLastPorts,
} from "../endpoint.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { git } from "../git.ts";
import {
  apiPortUsual,
  edgePortUsual,
  sshPortUsual,
  freeBytesFair,
  freeBytesGood,
  prospectMsMax,
} from "../limits.ts";
import { isPortFree } from "../port.ts";
import { ownProgram } from "../own-program.ts";
import type { Paint } from "../render/paint.ts";
import { renderTable } from "../render/table.ts";
import type { Session } from "../session.ts";

export async function diagnose(session: Session): Promise<ExitCode> {
  const { terminal } = session;
  const remote = await instanceFindings(session);
  const local = isElsewhere(session)
    ? [await gitFinding(terminal.cwd)]
    : [
        await gitFinding(terminal.cwd),
        await dataFinding(session.dataDir),
        await diskFinding(session.dataDir),
      ];
  // What the instance found itself is better than what we see from outside.
  const known = new Set(remote.map(({ name }) => name));
  const findings = [...remote, ...local.filter(({ name }) => !known.has(name))];
  session.show({ findings }, (value) => render(value.findings, terminal.paint));
  const isBad = findings.some(({ state }) => state === "bad");
  return isBad ? exitCodes.platform : exitCodes.done;
}

/** Then this machine's data, disk and ports say nothing about it. */
function isElsewhere({ terminal: { env } }: Session): boolean {
  return (env["TIDEGATE_URL"] ?? "") !== "";
}

async function instanceFindings(session: Session): Promise<readonly FindingResource[]> {
  try {
    const client = await session.client();
    const { findings } = await client.call("GET /api/v1/findings", {});
    return [...findings, ...(await noteFindings(client.instance.dataDir))];
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    if (error.code !== undefined || isElsewhere(session)) return [unseenFinding(error)];
    const endpoint = await readEndpoint(session.dataDir);
    const isStarting = endpoint !== undefined && (await isAlive(endpoint));
    const last = await readLastPorts(session.dataDir);
    const ports = portsOf(endpoint, last).map(async (wanted) => portFinding(wanted, isStarting));
    const prospects = await machineFindings(session.dataDir);
    const down = isStarting ? startingFinding(error) : downFinding(endpoint, error);
    return [down, ...prospects, ...(await Promise.all(ports))];
  }
}

/** Its processes are started again whenever they end; only one that cannot start stays away. */
function startingFinding({ message }: CommandFailed): FindingResource {
  const next =
    "wait a moment: its supervisor runs, and starts it again; if it stays so: tidegate down && tidegate up --detach";
  return { name: "instance", state: "bad", found: message, next };
}

interface WantedPort {
  readonly port: number;
  readonly use: string;
}

/** Those of the start that is under way or went wrong, else those that it had the last time, else the usual ones. */
function portsOf(endpoint: Endpoint | undefined, last: LastPorts): readonly WantedPort[] {
  const { port, edgePort, sshPort } =
    endpoint === undefined || endpoint.port === 0
      ? {
          port: last.port ?? apiPortUsual,
          edgePort: last.edgePort ?? edgePortUsual,
          sshPort: last.sshPort ?? sshPortUsual,
        }
      : endpoint;
  return [
    { port, use: "the API" },
    { port: edgePort, use: "the edge" },
    ...(sshPort === undefined ? [] : [{ port: sshPort, use: "git over SSH" }]),
  ];
}

/** It answers and says no, or is elsewhere and does not answer: what its machine offers is not seen from here. */
function unseenFinding({ code, message, next }: CommandFailed): FindingResource {
  const found =
    code === "forbidden"
      ? `it answers, and what its machine offers is not shown: ${message}`
      : message;
  return { name: "instance", state: "fair", found, next };
}

/** What the start had to do otherwise than it would have liked: "port 7420 is taken; using 41873". */
async function noteFindings(dataDir: string | undefined): Promise<readonly FindingResource[]> {
  const endpoint = dataDir === undefined ? undefined : await readEndpoint(dataDir);
  const next = "free it, or choose one that stays (--port, --edge-port); then: tidegate down, up";
  return (endpoint?.notes ?? []).map((found) => ({
    name: "start",
    state: "fair",
    found,
    // One of clones whose remote leads elsewhere says itself what to do: the port was chosen.
    ...some("next", /; using \d/.test(found) ? next : undefined),
  }));
}

/** The machine as an instance would find it: one looks, in a process and a directory of its own. */
async function machineFindings(dataDir: string): Promise<readonly FindingResource[]> {
  const [file, ...args] = ownProgram("prospect", ["--data", dataDir]);
  try {
    const { stdout } = await promisify(execFile)(file, args, { timeout: prospectMsMax });
    return JSON.parse(stdout).findings;
  } catch (error) {
    const [reason] = error instanceof Error ? error.message.split("\n") : [String(error)];
    const next = "start it and look again: tidegate up --detach && tidegate doctor";
    return [{ name: "sandbox", state: "bad", found: `could not be tried: ${reason}`, next }];
  }
}

/** Not running; and if the last start went wrong, why. */
function downFinding(
  endpoint: Endpoint | undefined,
  { message, next }: CommandFailed,
): FindingResource {
  const problem = endpoint?.problem;
  if (problem === undefined) return { name: "instance", state: "fair", found: message, next };
  const found = `${message}; the last start failed: ${problem}`;
  return { name: "instance", state: "bad", found, next: `mend that, then: ${next}` };
}

async function gitFinding(cwd: string): Promise<FindingResource> {
  const { isDone, text } = await git(cwd, ["--version"]);
  if (isDone) return { name: "git", state: "good", found: text };
  const next = "install git, for instance: apt-get install git";
  return { name: "git", state: "bad", found: "git does not start", next };
}

async function dataFinding(dataDir: string): Promise<FindingResource> {
  const directory = await nearest(dataDir);
  const isOurs = await access(directory, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (isOurs) return { name: "data", state: "good", found: dataDir };
  const next = "tidegate up --data DIR, with a directory of yours";
  return { name: "data", state: "bad", found: `${directory} cannot be written`, next };
}

/** As the instance judges it when it runs. */
async function diskFinding(dataDir: string): Promise<FindingResource> {
  const { bavail, bsize } = await statfs(await nearest(dataDir));
  const freeBytes = bavail * bsize;
  const found = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free`;
  if (freeBytes >= freeBytesGood) return { name: "disk", state: "good", found };
  const next = "free some space, or move the data directory (TIDEGATE_DATA) to a larger disk";
  return { name: "disk", state: freeBytes >= freeBytesFair ? "fair" : "bad", found, next };
}

/** The directory itself, or the nearest one above it that exists. */
async function nearest(directory: string): Promise<string> {
  const exists = await access(directory).then(
    () => true,
    () => false,
  );
  const parent = path.dirname(directory);
  return exists || parent === directory ? directory : nearest(parent);
}

async function portFinding(
  { port, use }: WantedPort,
  isStarting: boolean,
): Promise<FindingResource> {
  const isFree = await isPortFree(port);
  const name = `port ${port}`;
  if (isFree) {
    const found = isStarting ? `free: ${use} does not listen yet` : `free, for ${use}`;
    return { name, state: isStarting ? "fair" : "good", found };
  }
  // Held by its own process, most likely: the others go on while one is started again.
  if (isStarting) return { name, state: "good", found: `taken, for ${use}` };
  return { name, state: "fair", found: "taken", next: `a free one will be used for ${use}` };
}

function render(findings: readonly FindingResource[], paint: Paint): string {
  const words = { good: paint.good("good"), fair: paint.busy("fair"), bad: paint.bad("bad") };
  const rows = findings.map(({ name, state, found, next }) => [
    words[state],
    name,
    next === undefined ? found : `${found}\n${paint.dim(`-> ${next}`)}`,
  ]);
  const flat = rows.flatMap(([state = "", name = "", text = ""]) => {
    const [first = "", ...more] = text.split("\n");
    return [[state, name, first], ...more.map((line) => ["", "", line])];
  });
  return renderTable([{ title: "STATE" }, { title: "WHAT" }, { title: "FOUND" }], flat, paint);
}
