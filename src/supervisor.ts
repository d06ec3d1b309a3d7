/**
 * The supervisor's composition: which processes there are, in which order, on which ports; and the file
 * that tells everybody where they are.
 */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { getCompileCacheDir } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ok, type Result } from "#std";
import { type Clock, consoleHost, consoleUrl, type Log, sshUrl } from "#domain";
import { type ChildSpec, supervise } from "#ground/platform";
import { connectionUrl, type DatabaseOrigin, postgresProcess } from "#ground/storage";
import { edgeEnvironment, serverEnvironment } from "./supervisor-environment.ts";
import { choosePorts, isSaidReady, type PortFlag, rememberPorts } from "./supervisor-ports.ts";
import { choosePublic, portsIn, type PublicAsked, type PublicChoice } from "./supervisor-public.ts";

export interface SupervisorOptions {
  readonly dataDir: string;
  /** What was asked for by name; the rest is ours to choose. */
  readonly asked: {
    readonly port?: string | undefined;
    readonly "edge-port"?: string | undefined;
    readonly "ssh-port"?: string | undefined;
    readonly edges?: string | undefined;
  } & PublicAsked;
  readonly log: Log;
  readonly clock: Clock;
}

interface Endpoint {
  url: string;
  edgeUrl: string;
  port: number;
  edgePort: number;
  /** Absent: SSH is off. */
  sshUrl?: string;
  sshPort?: number;
  /** Where others reach the API and the console; absent: nobody does. */
  publicUrl?: string;
  publicPorts?: readonly number[];
  pid: number;
  startedAt: number;
  isReady: boolean;
  notes: string[];
  parts: { name: string; tookMs: number; detail?: string }[];
  problem?: string;
  /** The flag that asked for what cannot be, when that is the problem. */
  flag?: PortFlag;
}

/** Runs until `signal` aborts; the processes have stopped then. */
export async function runSupervisor(
  options: SupervisorOptions,
  signal: AbortSignal,
): Promise<void> {
  const { dataDir, log, clock } = options;
  await mkdir(join(dataDir, "run"), { recursive: true, mode: 0o700 });
  const ports = await choosePorts(options);
  const open = await choosePublic(dataDir, options.asked);
  const endpoint = endpointOf({ ports, open, startedAt: clock.now() });
  const say = endpointWriter(dataDir);
  const refused = refusalAmong({ ports, open });
  const children =
    refused === undefined ? await childrenOf(options, { endpoint, open, say }) : undefined;
  if (children === undefined || !children.ok) {
    const why = refused?.why ?? (children?.ok === false ? children.error.reason : "unknown");
    const flag = refused === undefined ? {} : { flag: refused.flag };
    await say({ ...endpoint, problem: why, ...flag });
    throw new Error(why);
  }
  const ended = await supervise({
    dataDir,
    children: children.value.specs,
    log,
    clock,
    signal,
    onReady: () => {
      endpoint.isReady = true;
      void say(endpoint);
      rememberPorts(dataDir, endpoint).catch((fault: unknown) =>
        log.warn("the ports are not remembered for the next start", { fault: String(fault) }),
      );
    },
  });
  if (!ended.ok) {
    // The other one's file stays as it is: it tells where that one can be reached.
    throw new Error(`another tidegate (process ${ended.error.pid}) runs on ${dataDir}`);
  }
  await children.value.cleanUp();
  await rm(join(dataDir, "run", "endpoint.json"), { force: true });
}

interface Chosen {
  readonly ports: Awaited<ReturnType<typeof choosePorts>>;
  readonly open: PublicChoice | undefined;
  readonly startedAt: number;
}

function refusalAmong({ ports, open }: Omit<Chosen, "startedAt">) {
  return ports.api.refused ?? ports.edge.refused ?? ports.ssh?.refused ?? open?.refused;
}

function endpointOf({ ports, open, startedAt }: Chosen): Endpoint {
  return {
    url: `http://127.0.0.1:${ports.api.port}`,
    edgeUrl: `http://localhost:${ports.edge.port}`,
    port: ports.api.port,
    edgePort: ports.edge.port,
    ...(ports.ssh === undefined
      ? {}
      : {
          sshUrl: sshUrl(
            open === undefined ? "localhost" : consoleHost(open.address),
            ports.ssh.port,
          ),
          sshPort: ports.ssh.port,
        }),
    ...(open === undefined
      ? {}
      : { publicUrl: consoleUrl(open.address), publicPorts: portsIn(open.edgeFlags) }),
    pid: process.pid,
    startedAt,
    isReady: false,
    notes: [ports.api.note, ports.edge.note, ports.ssh?.note, open?.note].flatMap(
      (note) => note ?? [],
    ),
    parts: [],
  };
}

type Say = (endpoint: Endpoint) => Promise<void>;

function endpointWriter(dataDir: string): Say {
  const file = join(dataDir, "run", "endpoint.json");
  let last: Promise<void> = Promise.resolve();
  return async (endpoint) => {
    const text = `${JSON.stringify(endpoint, undefined, 2)}\n`;
    const before = last;
    last = (async () => {
      // One that failed was heard of by its own caller.
      await before.catch(() => undefined);
      await writeFile(`${file}.new`, text, { mode: 0o600 });
      await rename(`${file}.new`, file);
    })();
    await last;
  };
}

interface Children {
  readonly specs: readonly ChildSpec[];
  /** Takes away what the database leaves outside the data directory. */
  readonly cleanUp: () => Promise<void>;
}

interface Telling {
  readonly endpoint: Endpoint;
  readonly open: PublicChoice | undefined;
  readonly say: Say;
}

async function childrenOf(
  options: SupervisorOptions,
  { endpoint, open, say }: Telling,
): Promise<Result<Children, { readonly reason: string }>> {
  const { dataDir, clock } = options;
  const database = await databaseOf(options);
  if (!database.ok) return database;
  let lastAt = clock.now();
  const told = new Set<string>();
  const noting = (name: string, detail: string, isReady: () => Promise<boolean>) => async () => {
    if (!(await isReady())) return false;
    if (!told.has(name)) {
      told.add(name);
      endpoint.parts.push({ name, tookMs: clock.now() - lastAt, detail });
      lastAt = clock.now();
      await say(endpoint);
    }
    return true;
  };
  const env = serverEnvironment(process.env, { databaseUrl: database.value.url, ...compiled() });
  const edges = edgeCount(options.asked.edges);
  const common = ["--data", dataDir, "--edge-port", String(endpoint.edgePort)];
  const server: ChildSpec = {
    name: "server",
    argv: program("server", [
      ...common,
      "--port",
      String(endpoint.port),
      "--edges",
      String(edges),
      "--database",
      database.value.origin,
      ...(endpoint.sshPort === undefined ? [] : ["--ssh-port", String(endpoint.sshPort)]),
      ...(open?.serverFlags ?? []),
    ]),
    env,
    // Stopping Tidegate stops its apps; only a server that is killed or restarted leaves them running.
    stopSignal: "SIGINT",
    graceMs: 20_000,
    prepare: async () => await forgetReady(dataDir, "server"),
    isReady: noting("server", endpoint.url, async () => await isSaidReady(dataDir, "server")),
  };
  const edgeSpecs = Array.from({ length: edges }, (_, slot): ChildSpec => ({
    name: `edge-${slot}`,
    argv: program("edge", [...common, "--slot", String(slot), ...(open?.edgeFlags ?? [])]),
    env: edgeEnvironment(process.env, compiled()),
    // Open downloads and sockets get ten seconds (the edge's own bound); with what follows, `down` waits no longer.
    graceMs: 15_000,
    // Before the server, which stops the apps: what our stop takes from users is no failure of theirs,
    // and the last counts find somebody to take them.
    isDoor: true,
    prepare: async () => await forgetReady(dataDir, `edge-${slot}`),
    isReady: noting(
      edges === 1 ? "edge" : `edge-${slot}`,
      endpoint.edgeUrl,
      async () => await isSaidReady(dataDir, `edge-${slot}`),
    ),
  }));
  const { child, detail, cleanUp } = database.value;
  const databaseSpecs =
    child === undefined
      ? []
      : [
          {
            ...child,
            isReady: noting("database", detail, async () => (await child.isReady?.()) ?? true),
          },
        ];
  // The edges first: users are served from the last table while the rest is still coming up.
  return ok({ specs: [...edgeSpecs, ...databaseSpecs, server], cleanUp });
}

interface DatabasePart {
  readonly url: string;
  readonly origin: DatabaseOrigin;
  readonly detail: string;
  readonly child?: ChildSpec;
  /** To be called after it has stopped for good. */
  readonly cleanUp: () => Promise<void>;
}

async function databaseOf({
  dataDir,
  clock,
  log,
}: SupervisorOptions): Promise<Result<DatabasePart, { readonly reason: string }>> {
  const own = process.env["DATABASE_URL"];
  if (own !== undefined && own !== "") {
    const nothing = { cleanUp: async () => undefined };
    return ok({ url: own, origin: "url", detail: "your own (DATABASE_URL)", ...nothing });
  }
  const made = await postgresProcess({ dataDir, clock, log });
  if (!made.ok) return made;
  const postgres = made.value;
  const { argv, env, uid, gid, stopSignal } = postgres;
  return ok({
    url: connectionUrl(postgres.connection),
    origin: postgres.source,
    cleanUp: async () => await postgres.cleanUp(),
    detail: `PostgreSQL ${postgres.major}, embedded (${postgres.source})`,
    child: {
      name: "postgres",
      argv,
      env,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
      stopSignal,
      graceMs: 20_000,
      isReady: async () => await postgres.isReady(),
      async prepare() {
        const prepared = await postgres.prepare();
        if (!prepared.ok) throw new Error(prepared.error.reason);
        if (prepared.value.kind === "start") return;
        // One that no supervisor wrote down: it is asked to stop, and the next attempt starts ours.
        process.kill(prepared.value.pid, stopSignal);
        throw new Error(`stopping a database that was left behind (${prepared.value.pid})`);
      },
    },
  });
}

/** This program in another role, from source or from the build, whichever runs now. */
function program(role: string, args: readonly string[]): readonly string[] {
  const isSource = import.meta.url.endsWith(".ts");
  const main = fileURLToPath(new URL(isSource ? "./main.ts" : "./main.js", import.meta.url));
  // The server mostly waits. A young generation of 1 MB instead of 16 keeps what a start leaves behind
  // from staying resident (127 -> 109 MB idle, 2 cores, Node 24), and code made for size takes 5 MB less;
  // the edge keeps its own for throughput.
  const lean = role === "server" ? ["--max-semi-space-size=1", "--optimize-for-size"] : [];
  const flags = [...lean, ...(isSource ? ["--conditions=source"] : [])];
  return [process.execPath, ...flags, main, role, ...args];
}

/** Code compiled by this version of Node, inside the directory that is asked for. */
function compiled(): { readonly compileCache?: string } {
  const directory = getCompileCacheDir();
  return directory === undefined ? {} : { compileCache: dirname(directory) };
}

/**
 * One edge process per two cores: the other half is for the control plane and the apps themselves.
 */
function edgeCount(asked: string | undefined): number {
  return asked === undefined ? Math.max(1, Math.floor(availableParallelism() / 2)) : Number(asked);
}

/** After a restart of the machine (or the container) a new process may have the pid of the one before. */
async function forgetReady(dataDir: string, name: string): Promise<void> {
  await rm(join(dataDir, "run", `${name}.ready`), { force: true });
}
