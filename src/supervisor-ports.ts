/**
 * Which ports the processes get: those that a killed supervisor's children still hold, those asked for by
 * name, those of the last time, the usual ones, or free ones. Remotes of git and bookmarks lead to a port, so an
 * instance keeps its ports as long as it can have them.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { isPort, some } from "#std";

const defaultPorts = { api: 7420, edge: 7480, ssh: 7422 };

export type PortFlag = "--port" | "--edge-port" | "--ssh-port" | "--https-port" | "--http-port";

export interface PortOptions {
  readonly dataDir: string;
  readonly asked: {
    readonly port?: string | undefined;
    readonly "edge-port"?: string | undefined;
    /** A number, or `off`. */
    readonly "ssh-port"?: string | undefined;
    readonly domain?: string | undefined;
    readonly listen?: string | undefined;
  };
}

interface ChosenPort {
  readonly port: number;
  readonly note?: string;
  /** It was asked for by name, and cannot be had. */
  readonly refused?: { readonly flag: PortFlag; readonly why: string };
}

export interface Ports {
  readonly api: ChosenPort;
  readonly edge: ChosenPort;
  /** Absent: it is off. */
  readonly ssh: ChosenPort | undefined;
}

/** Chooses them; a port asked for by name that cannot be had is refused, never replaced. */
export async function choosePorts({ asked, dataDir }: PortOptions): Promise<Ports> {
  const before = await readBefore(dataDir);
  const last = await readPorts(lastFile(dataDir));
  const isServing = async (name: string): Promise<boolean> => await isSaidReady(dataDir, name);
  return {
    api: tellClones(
      last.port,
      await choosePort(
        { what: "the API", flag: "--port", asked: asked.port, usual: defaultPorts.api },
        { kept: (await isServing("server")) ? before.port : undefined, last: last.port },
      ),
    ),
    edge: await choosePort(
      {
        what: "the edge",
        flag: "--edge-port",
        asked: asked["edge-port"],
        usual: defaultPorts.edge,
      },
      { kept: (await isServing("edge-0")) ? before.edgePort : undefined, last: last.edgePort },
    ),
    ssh:
      asked["ssh-port"] === "off"
        ? undefined
        : await choosePort(
            {
              what: "git over SSH",
              flag: "--ssh-port",
              asked: asked["ssh-port"],
              usual: defaultPorts.ssh,
              // Where others come in, others come in by SSH as well.
              host: asked.domain === undefined ? loopback : asked.listen,
            },
            { kept: (await isServing("server")) ? before.sshPort : undefined, last: last.sshPort },
          ),
  };
}

/** Who linked a clone before is told that its remote leads elsewhere. */
function tellClones(last: number | undefined, chosen: ChosenPort): ChosenPort {
  if (last === undefined || last === chosen.port || chosen.refused !== undefined) return chosen;
  const clones = `clones that were linked lead to port ${last}: in each, tidegate link APP`;
  return { ...chosen, note: chosen.note === undefined ? clones : `${chosen.note}; ${clones}` };
}

/** Whether the process that runs now has said so: the file names its pid. */
export async function isSaidReady(dataDir: string, name: string): Promise<boolean> {
  const text = await readFile(join(dataDir, "run", `${name}.ready`), "utf8").catch(() => "");
  const pid = Number(text.trim());
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  const argv = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return argv.includes(dataDir);
}

export interface Before {
  readonly port?: number;
  readonly edgePort?: number;
  readonly sshPort?: number;
  /** Of https and http, for others than this machine. */
  readonly publicPorts?: readonly number[];
}

/** The ports that a killed supervisor's children still hold: they keep them. */
export async function readBefore(dataDir: string): Promise<Before> {
  return await readPorts(join(dataDir, "run", "endpoint.json"));
}

/** Writes down the ports that are served, for the next start. */
export async function rememberPorts(
  dataDir: string,
  { port, edgePort, sshPort }: Before,
): Promise<void> {
  const file = lastFile(dataDir);
  // While SSH is off its port is kept for when it is on again.
  const ports = { ...(await readPorts(file)), port, edgePort, ...some("sshPort", sshPort) };
  await writeFile(`${file}.new`, `${JSON.stringify(ports)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function lastFile(dataDir: string): string {
  return join(dataDir, "ports.json");
}

async function readPorts(file: string): Promise<Before> {
  const text = await readFile(file, "utf8").catch(() => "{}");
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return {};
    return {
      ...("port" in value && isPort(value.port) ? { port: value.port } : {}),
      ...("edgePort" in value && isPort(value.edgePort) ? { edgePort: value.edgePort } : {}),
      ...("sshPort" in value && isPort(value.sshPort) ? { sshPort: value.sshPort } : {}),
      ...("publicPorts" in value && Array.isArray(value.publicPorts)
        ? { publicPorts: value.publicPorts.filter(isPort) }
        : {}),
    };
  } catch {
    return {}; // half written by one that was killed
  }
}

interface WantedPort {
  readonly what: string;
  readonly flag: PortFlag;
  readonly asked: string | undefined;
  readonly usual: number;
  /** Where it is to be free; absent: on every address of the machine. Default: on loopback. */
  readonly host?: string | undefined;
}

const loopback = "127.0.0.1";

async function choosePort(
  { what, flag, asked, usual, ...where }: WantedPort,
  { kept, last }: { readonly kept: number | undefined; readonly last: number | undefined },
): Promise<ChosenPort> {
  if (kept !== undefined && (asked === undefined || Number(asked) === kept)) return { port: kept };
  const { host } = { host: loopback, ...where };
  const at = some("host", host);
  if (asked !== undefined) {
    const port = Number(asked);
    const refusal = await refusalOf({ port, ...at });
    return refusal === undefined
      ? { port }
      : { port, refused: { flag, why: `${flag} is ${asked}, but that port ${refusal}` } };
  }
  const notes: string[] = [];
  for (const wanted of new Set([last ?? usual, usual])) {
    const refusal = await refusalOf({ port: wanted, ...at });
    const note = notes.length === 0 ? {} : { note: `${notes.join(", ")}; using ${wanted}` };
    if (refusal === undefined) return { port: wanted, ...note };
    const since = wanted === last ? ", which it had the last time," : "";
    notes.push(`port ${wanted} for ${what}${since} ${refusal}`);
  }
  const port = await freePort();
  return { port, note: `${notes.join(", ")}; using ${port}` };
}

/** Why a port cannot be ours, or `undefined`, and then no other Tidegate of this machine takes it. */
export async function refusalOf(at: {
  readonly port: number;
  readonly host?: string;
}): Promise<string | undefined> {
  const { port } = at;
  const found = await listenOnce(at);
  if (found.kind === "refused") {
    if (found.code === "EADDRNOTAVAIL")
      return `cannot be had at ${at.host}, which is not this machine's`;
    return found.code === "EACCES" ? "is for root only (below 1024)" : "is taken";
  }
  return (await claim(port)) ? undefined : "is taken";
}

/**
 * The server listens only when the database is up, seconds after its port was chosen. Two supervisors that
 * start together (a machine with two users, after a boot) would choose the same one, and the second server
 * could never listen. A name in the kernel's abstract space, held as long as this process lives and gone
 * with it, tells them apart.
 */
async function claim(port: number): Promise<boolean> {
  if (process.platform !== "linux") return true;
  return await new Promise((resolve) => {
    const holder = createServer();
    holder.once("error", () => resolve(false));
    holder.listen(`\0tidegate-port-${port}`, () => resolve(true)).unref();
  });
}

async function freePort(): Promise<number> {
  const found = await listenOnce({ port: 0, host: "127.0.0.1" });
  if (found.kind === "refused") throw new Error("no free port on 127.0.0.1");
  return found.port;
}

type Listened =
  | { readonly kind: "listened"; readonly port: number }
  | { readonly kind: "refused"; readonly code: string | undefined };

/** Listens and lets go. */
async function listenOnce(at: {
  readonly port: number;
  readonly host?: string;
}): Promise<Listened> {
  return await new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) =>
      resolve({ kind: "refused", code: error.code }),
    );
    probe.listen(at, () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : at.port;
      probe.close(() => resolve({ kind: "listened", port }));
    });
  });
}
