/** The file in which a running supervisor says where it can be reached. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { isPort } from "#std";

export interface Endpoint {
  /** The API: "http://127.0.0.1:7420". */
  readonly url: string;
  readonly edgeUrl: string;
  readonly port: number;
  readonly edgePort: number;
  /** Absent: SSH is off. */
  readonly sshPort?: number;
  /** Before an app's name, for git: "ssh://git@localhost:7422"; absent: SSH is off. */
  readonly sshUrl?: string;
  /** Where others reach the API and the console: "https://tidegate.example.org"; absent: nobody does. */
  readonly publicUrl?: string;
  readonly pid: number;
  readonly startedAt: number;
  /** Whether everything that was started answers. */
  readonly isReady: boolean;
  /** What a person ought to know: "port 7420 is taken; using 41873". */
  readonly notes: readonly string[];
  /** Why it will not become ready. */
  readonly problem?: string;
  /** The flag of `up` that asked for what cannot be, when that is the problem. */
  readonly flag?: string;
  /** What is up already, in the order it came up. */
  readonly parts?: readonly StartedPart[];
}

export interface StartedPart {
  readonly name: string;
  readonly tookMs: number;
  readonly detail?: string;
}

export function runDirectory(dataDir: string): string {
  return path.join(dataDir, "run");
}

export function endpointFile(dataDir: string): string {
  return path.join(runDirectory(dataDir), "endpoint.json");
}

/** Reads it; `undefined` when there is none or it is being written. */
export async function readEndpoint(dataDir: string): Promise<Endpoint | undefined> {
  let text: string;
  try {
    text = await readFile(endpointFile(dataDir), "utf8");
  } catch {
    // Absent or not ours to read: either way there is no instance for us here.
    return undefined;
  }
  return parseEndpoint(text);
}

export interface LastPorts {
  readonly port?: number;
  readonly edgePort?: number;
  readonly sshPort?: number;
}

/** The ports that were served last: a start takes them again where it can. */
export async function readLastPorts(dataDir: string): Promise<LastPorts> {
  const text = await readFile(path.join(dataDir, "ports.json"), "utf8").catch(() => "{}");
  try {
    const ports: unknown = JSON.parse(text);
    if (typeof ports !== "object" || ports === null) return {};
    return {
      ...("port" in ports && isPort(ports.port) ? { port: ports.port } : {}),
      ...("edgePort" in ports && isPort(ports.edgePort) ? { edgePort: ports.edgePort } : {}),
      ...("sshPort" in ports && isPort(ports.sshPort) ? { sshPort: ports.sshPort } : {}),
    };
  } catch {
    return {};
  }
}

/** Takes what has the members that everything else rests on, and fills in the rest. */
export function parseEndpoint(text: string): Endpoint | undefined {
  let value: object | null;
  try {
    const parsed: unknown = JSON.parse(text);
    value = typeof parsed === "object" ? parsed : null;
  } catch {
    return undefined; // half written; the watch brings us back
  }
  if (value === null || !("pid" in value) || typeof value.pid !== "number") return undefined;
  const empty = {
    url: "",
    edgeUrl: "",
    port: 0,
    edgePort: 0,
    startedAt: 0,
    isReady: false,
    notes: [],
  };
  return { ...empty, ...value, pid: value.pid };
}

/** Whether the supervisor that wrote the file is still there. */
export async function isAlive({ pid }: Endpoint): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  // Numbers of processes come again: where the system tells, look whether it is a supervisor.
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => undefined);
  if (command === "") return false; // a zombie has no command line
  return command === undefined || command.includes("supervisor");
}
