/** `tidegate doctor`: what this machine offers, and how to improve it. Works with no instance, too. */
import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import type { FindingResource } from "#faces/api/contract";
import { CommandFailed } from "../command-failed.ts";
import { readEndpoint } from "../endpoint.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { git } from "../git.ts";
import type { Paint } from "../render/paint.ts";
import { renderTable } from "../render/table.ts";
import type { Session } from "../session.ts";
import type { Terminal } from "../terminal.ts";

export async function diagnose(session: Session): Promise<ExitCode> {
  const { terminal } = session;
  const remote = await instanceFindings(session);
  const local = [
    await bubblewrapFinding(terminal),
    nodeFinding(),
    await gitFinding(terminal.cwd),
    await dataFinding(session.dataDir),
  ];
  // What the instance found itself is better than what we see from outside.
  const known = new Set(remote.map(({ name }) => name));
  const findings = [...remote, ...local.filter(({ name }) => !known.has(name))];
  session.show({ findings }, (value) => render(value.findings, terminal.paint));
  const isBad = findings.some(({ state }) => state === "bad");
  return isBad ? exitCodes.platform : exitCodes.done;
}

async function instanceFindings(session: Session): Promise<readonly FindingResource[]> {
  try {
    const client = await session.client();
    return (await client.call("GET /api/v1/findings", {})).findings;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const ports = await Promise.all([portFinding(7420, "API"), portFinding(7480, "edge")]);
    return [await downFinding(session.dataDir, error), ...ports];
  }
}

/** Not running; and if the last start went wrong, why. */
async function downFinding(dataDir: string, error: CommandFailed): Promise<FindingResource> {
  const { message, next } = error;
  const problem = (await readEndpoint(dataDir))?.problem;
  if (problem === undefined) return { name: "instance", state: "fair", found: message, next };
  const found = `${message}; the last start failed: ${problem}`;
  return { name: "instance", state: "bad", found, next: `mend that, then: ${next}` };
}

/** Only whether it is there: the instance tries whether it works. */
async function bubblewrapFinding({ env, isRoot }: Terminal): Promise<FindingResource> {
  const name = "bubblewrap";
  for (const directory of (env["PATH"] ?? "").split(path.delimiter)) {
    const file = path.join(directory, "bwrap");
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere && path.isAbsolute(file)) return { name, state: "good", found: file };
  }
  const meaning = isRoot
    ? "apps get sandbox level 1 of 3 at most"
    : "apps have no sandbox and will not run";
  const next = `${isRoot ? "" : "sudo "}apt-get install bubblewrap`;
  return { name, state: "bad", found: `not on PATH: ${meaning}`, next };
}

function nodeFinding(): FindingResource {
  return { name: "node", state: "good", found: `${process.version} at ${process.execPath}` };
}

async function gitFinding(cwd: string): Promise<FindingResource> {
  const { isDone, text } = await git(cwd, ["--version"]);
  if (isDone) return { name: "git", state: "good", found: text };
  const next = "install git, for instance: apt-get install git";
  return { name: "git", state: "bad", found: "git does not start", next };
}

const freeBytesFair = 2 * 1024 ** 3;

async function dataFinding(dataDir: string): Promise<FindingResource> {
  const directory = await nearest(dataDir);
  const isOurs = await access(directory, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isOurs) {
    const next = "tidegate up --data DIR, with a directory of yours";
    return { name: "data", state: "bad", found: `${directory} cannot be written`, next };
  }
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  const found = `${dataDir}, ${(freeBytes / 1024 ** 3).toFixed(1)} GiB free`;
  if (freeBytes >= freeBytesFair) return { name: "data", state: "good", found };
  return { name: "data", state: "fair", found, next: "make room: builds and releases are kept" };
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

async function portFinding(port: number, use: string): Promise<FindingResource> {
  const isFree = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
  const name = `port ${port}`;
  if (isFree) return { name, state: "good", found: `free, for the ${use}` };
  return { name, state: "fair", found: "taken", next: `a free one will be used for the ${use}` };
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
  return renderTable([{ title: "STATE" }, { title: "WHAT" }, { title: "FOUND" }], flat, paint.dim);
}
