/** One whole Tidegate in a throw-away data directory, started as a person's would be. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const startTimeoutMs = 120_000;

export interface Platform extends AsyncDisposable {
  readonly dataDir: string;
  readonly port: number;
  readonly edgePort: number;
  readonly token: string;
  /** Clone URL of an app, with credentials in it. */
  readonly gitUrl: (app: string) => string;
  /** Calls the API; rejects on any status that is not 2xx. */
  readonly api: (method: string, path: string, body?: unknown) => Promise<unknown>;
  readonly supervisor: () => ChildProcess;
  /** Process ids of the running parts, from the supervisor's own record. */
  readonly pidOf: (name: string) => Promise<number>;
  /** Starts the supervisor again after it was killed; resolves when it says it is ready. */
  readonly startAgain: () => Promise<void>;
}

export async function openPlatform(): Promise<Platform> {
  const dataDir = await mkdtemp(join(tmpdir(), "tidegate-bench-"));
  const [port, edgePort] = [await freePort(), await freePort()];
  let child = await start({ dataDir, port, edgePort });
  const token = (await readFile(join(dataDir, "admin-token"), "utf8")).trim();
  return {
    dataDir,
    port,
    edgePort,
    token,
    gitUrl: (app) => `http://admin:${token}@127.0.0.1:${port}/git/${app}.git`,
    api: async (method, path, body) => await call({ port, token }, { method, path, body }),
    supervisor: () => child,
    pidOf: async (name) =>
      Number((await readFile(join(dataDir, "run", `${name}.ready`), "utf8")).trim()),
    async startAgain() {
      child = await start({ dataDir, port, edgePort });
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      const left = await killLeft(dataDir);
      if (left > 0) console.log(`${left} processes outlived the platform and were killed`);
      if (process.env["BENCH_KEEP"] === undefined) {
        await rm(dataDir, { recursive: true, force: true });
      } else console.log(`kept ${dataDir}`);
    },
  };
}

/** Kills what still names the data directory on its command line; gives how many those were. */
async function killLeft(dataDir: string): Promise<number> {
  let killed = 0;
  for (const name of (await readdir("/proc")).filter((each) => /^\d+$/.test(each))) {
    const argv = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    if (!argv.includes(dataDir)) continue;
    try {
      process.kill(Number(name), "SIGKILL");
      killed += 1;
    } catch {
      // It ended by itself.
    }
  }
  return killed;
}

interface Place {
  readonly dataDir: string;
  readonly port: number;
  readonly edgePort: number;
}

async function start({ dataDir, port, edgePort }: Place): Promise<ChildProcess> {
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
  await using log = await open(join(dataDir, "supervisor.log"), "a");
  const flags = ["--data", dataDir, "--port", String(port), "--edge-port", String(edgePort)];
  const argv = ["--conditions=source", main, "supervisor", ...flags];
  // As `tidegate up` starts it.
  const cache = fileURLToPath(new URL("../../node_modules/.cache/tidegate", import.meta.url));
  const env = { NODE_COMPILE_CACHE: cache, MALLOC_ARENA_MAX: "1", ...process.env };
  const child = spawn(process.execPath, argv, { env, stdio: ["ignore", log.fd, log.fd] });
  const deadline = Date.now() + startTimeoutMs;
  const file = join(dataDir, "run", "endpoint.json");
  for (;;) {
    const text = await readFile(file, "utf8").catch(() => "{}");
    if (text.includes(`"pid": ${child.pid},`) && text.includes('"isReady": true')) return child;
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`no platform: ${await readFile(join(dataDir, "supervisor.log"), "utf8")}`);
    }
    await delay(20);
  }
}

async function call(
  { port, token }: { readonly port: number; readonly token: string },
  {
    method,
    path,
    body,
  }: { readonly method: string; readonly path: string; readonly body: unknown },
): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
