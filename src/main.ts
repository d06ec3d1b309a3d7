/**
 * The composition root: the only file that sees all. Opens the ground, joins the pipeline, opens the
 * faces; holds no logic of its own.
 *
 *   supervisor   keeps the others alive: database, server, edges
 *   server       the control plane: API, git, workers
 *   edge         one process of the data plane
 *   prospect     looks at this machine while nothing runs, for `doctor`
 */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Clock } from "#domain";
import type { CertificateSource } from "#ground/certificates";
import { createLog } from "#ground/observe";

// Beside the program and as safe as it, not in /tmp, where somebody else could put code before us. Our
// children are given it before they start: then they never load the compiler that strips types (27 MB).
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/tidegate", import.meta.url)));

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string" },
    port: { type: "string" },
    "edge-port": { type: "string" },
    "ssh-port": { type: "string" },
    edges: { type: "string" },
    database: { type: "string", default: "url" },
    slot: { type: "string", default: "0" },
    domain: { type: "string" },
    listen: { type: "string" },
    "https-port": { type: "string" },
    "http-port": { type: "string" },
    cert: { type: "string" },
    key: { type: "string" },
    "self-signed": { type: "boolean" },
    acme: { type: "string" },
    "acme-directory": { type: "string" },
  },
});

const clock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal }).catch(() => undefined);
  },
};

// SIGTERM: this process ends, its builds and apps go on and are adopted by the next one.
// SIGINT: Tidegate is to stop, and its apps with it.
const stopping = new AbortController();
process.on("SIGTERM", () => stopping.abort("leave_running"));
process.on("SIGINT", () => stopping.abort("stop_all"));

const role = positionals[0] ?? "";
const dataDir = values.data ?? "";
const slot = Number(values.slot);
const edgePort = Number(values["edge-port"]);
const edgeNames = Array.from({ length: Number(values.edges ?? 1) }, (_, index) => `edge-${index}`);
const { domain, listen: listenHost } = values;
const address = domain === undefined ? undefined : { domain, port: Number(values["https-port"]) };
const httpPort = values["http-port"] === undefined ? undefined : Number(values["http-port"]);
const name = role === "edge" ? `edge-${slot}` : role;
const log = createLog({ name, level: logLevel() });

const roles = { server, edge, supervisor, prospect };
if (!(role in roles) || dataDir === "") {
  process.stderr.write(
    "usage: main.ts supervisor|server|edge|prospect --data DIR …; people use: tidegate up\n",
  );
  process.exit(2);
}
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked just above
await roles[role as keyof typeof roles]();
// Whatever a library left open must not keep a stopped role alive.
process.exit();

async function edge(): Promise<void> {
  const { runEdge } = await import("#ground/mesh");
  const { challengesFile, servedFile } = await import("#ground/certificates");
  await runEdge({
    name,
    slot,
    listenHost: "127.0.0.1",
    port: edgePort,
    dataDir,
    signal: stopping.signal,
    log,
    clock,
    random: () => clock.random(),
    publicDoor: address && {
      address,
      host: listenHost,
      httpPort,
      certificateFile: servedFile(dataDir, address.domain),
      challengesFile: challengesFile(dataDir),
    },
    onReady: () => void sayReady(),
  });
}

async function server(): Promise<void> {
  const { openServer } = await import("./server.ts");
  await openServer(
    {
      dataDir,
      port: Number(values.port),
      edgePort,
      sshPort: values["ssh-port"] === undefined ? undefined : Number(values["ssh-port"]),
      edgeNames,
      open: address && {
        address,
        listenHost,
        source: certificateSource(),
      },
      // The supervisor says so when it is its own; everything else came by DATABASE_URL.
      database:
        values.database === "system" || values.database === "embedded" ? values.database : "url",
      log,
      clock,
      sayReady,
    },
    stopping.signal,
  );
}

function certificateSource(): CertificateSource {
  const { acme: email, cert = "", key = "" } = values;
  if (email !== undefined) {
    const directoryUrl = values["acme-directory"] ?? "";
    return { kind: "acme", email, directoryUrl, httpPort: httpPort ?? 0 };
  }
  if (values["self-signed"] === true) return { kind: "self_signed" };
  return { kind: "files", certificateFile: cert, keyFile: key };
}

async function supervisor(): Promise<void> {
  const { runSupervisor } = await import("./supervisor.ts");
  await runSupervisor({ dataDir, asked: values, log, clock }, stopping.signal);
}

async function prospect(): Promise<void> {
  const { prospectFindings } = await import("./prospect.ts");
  const findings = await prospectFindings({ dataDir, log, clock });
  process.stdout.write(`${JSON.stringify({ findings })}\n`);
}

/** Tells the supervisor, in a file of its own per process, that this one serves. */
async function sayReady(): Promise<void> {
  const run = join(dataDir, "run");
  await mkdir(run, { recursive: true, mode: 0o700 });
  const file = join(run, `${name}.ready`);
  await writeFile(`${file}.new`, `${process.pid}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function logLevel(): "error" | "warn" | "info" | "debug" {
  const asked = process.env["TIDEGATE_LOG"];
  return asked === "debug" || asked === "warn" || asked === "error" ? asked : "info";
}
