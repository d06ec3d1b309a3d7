/**
 * Requests per second of one core, and CPU per request, of the edge beside nginx and HAProxy.
 *
 * Conditions: each proxy is one process on core 1; wrk (1 thread, 50 keep-alive connections) and an
 * nginx upstream with a body of 1 KiB share core 0. The edge has an active rollout and users with
 * signed cookies. Runs take turns, so that noise of the machine meets all of them; medians are shown.
 * Needs nginx, haproxy, wrk and taskset. A bar that is missed is printed, and is no failure: the
 * machine may be busy.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Report } from "./kit/report.ts";
import { judged, median } from "./kit/samples.ts";

const run = promisify(execFile);
const bars = { nginxRatioMin: 0.35, cpuUsMax: 90 };
const users = 200;
const ticksPerSecond = 100; // USER_HZ on Linux

interface Contender {
  readonly name: string;
  readonly port: number;
  readonly process: ChildProcess;
  readonly script: string;
}
interface Sample {
  readonly requestsPerSecond: number;
  readonly cpuUs: number;
  readonly p50: string;
  readonly p99: string;
}

let directory = "";
let seconds = 2;
const children: ChildProcess[] = [];

export async function edgeBench({ isQuick }: { readonly isQuick: boolean }): Promise<Report> {
  directory = await mkdtemp(join(tmpdir(), "tidegate-bench-"));
  seconds = isQuick ? 1 : 2;
  try {
    return await compare(isQuick ? 3 : 7);
  } finally {
    for (const child of children) child.kill("SIGTERM");
    await Promise.all(
      children.map(async (child) => child.exitCode ?? child.signalCode ?? once(child, "exit")),
    );
    await rm(directory, { recursive: true, force: true });
  }
}

async function compare(rounds: number): Promise<Report> {
  const contenders = await open();
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) await measure(contender); // warms up, is not counted
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      samples.get(contender.name)?.push(await measure(contender));
    }
  }
  const found = contenders.map(({ name, process: child }) => {
    const of = samples.get(name) ?? [];
    return {
      name,
      perSecond: median(of.map((sample) => sample.requestsPerSecond)),
      cpuUs: median(of.map((sample) => sample.cpuUs)),
      p50: of[0]?.p50 ?? "-",
      p99: of[0]?.p99 ?? "-",
      rssMb: memoryKb(child) / 1024,
    };
  });
  const [edge, nginx] = found;
  const ratio = (edge?.perSecond ?? 0) / (nginx?.perSecond ?? 1);
  const cpuUs = edge?.cpuUs ?? Infinity;
  return {
    name: "edge",
    title: "The edge beside nginx and HAProxy",
    method:
      "Requests per second of one core: each proxy is one process pinned to core 1; wrk (1 thread, 50 " +
      "keep-alive connections) and an nginx upstream with a body of 1 KiB share core 0. The edge has " +
      `an active rollout and ${users} users with signed cookies. ${rounds} runs of ${seconds} s each, ` +
      "taking turns; medians.",
    columns: ["proxy", "requests/s", "beside nginx", "CPU a request", "p50", "p99", "RSS"],
    rows: found.map((one) => [
      one.name,
      String(Math.round(one.perSecond)),
      (one.perSecond / (nginx?.perSecond ?? 1)).toFixed(2),
      `${Math.round(one.cpuUs)} us`,
      one.p50,
      one.p99,
      `${Math.round(one.rssMb)} MB`,
    ]),
    notes: [
      judged(
        ratio >= bars.nginxRatioMin,
        `>= ${bars.nginxRatioMin} of nginx (${ratio.toFixed(2)})`,
      ),
      judged(
        cpuUs <= bars.cpuUsMax,
        `CPU <= ${bars.cpuUsMax} us a request (${Math.round(cpuUs)} us)`,
      ),
    ],
  };
}

async function open(): Promise<readonly Contender[]> {
  const upstreamPort = await freePort();
  const nginxPort = await freePort();
  const haproxyPort = await freePort();
  await writeFile(join(directory, "1k"), "x".repeat(1024));
  const origin = `server { listen 127.0.0.1:${upstreamPort}; root ${directory}; }`;
  await start(0, ["nginx", "-c", await config("origin", nginxConfig("origin", origin))]);
  const proxy = `upstream app { server 127.0.0.1:${upstreamPort}; keepalive 64; }
    server { listen 127.0.0.1:${nginxPort}; location / { proxy_pass http://app;
      proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; } }`;
  const nginx = await start(1, ["nginx", "-c", await config("nginx", nginxConfig("nginx", proxy))]);
  const haproxyFile = await config("haproxy", haproxyConfig(haproxyPort, upstreamPort));
  const haproxy = await start(1, ["haproxy", "-db", "-f", haproxyFile]);
  const edge = await startEdge(upstreamPort);
  const plain = await config("plain.lua", 'wrk.headers["Host"] = "shop.localhost"\n');
  return [
    { name: "tidegate edge", ...edge },
    { name: "nginx", port: nginxPort, process: nginx, script: plain },
    { name: "haproxy", port: haproxyPort, process: haproxy, script: plain },
  ];
}

async function startEdge(upstreamPort: number): Promise<Omit<Contender, "name">> {
  const arm = (name: string) => ({
    release: `rel_${name}`,
    label: name,
    targets: [{ instance: `ins_${name}`, host: "127.0.0.1", port: upstreamPort }],
  });
  const table = {
    version: 1,
    apps: [
      {
        app: "shop",
        hosts: ["shop.localhost"],
        userKey: { from: "edge_cookie" },
        requestTimeoutMs: 30_000,
        baseline: arm("baseline"),
        rollout: { id: "rol_bench", salt: "b", exposure: 2500, rules: [], candidate: arm("next") },
      },
    ],
  };
  await mkdir(join(directory, "edge"));
  await config("edge/routes.json", JSON.stringify(table));
  const entry = new URL("edge-entry.ts", import.meta.url).pathname;
  const argv = [process.execPath, "--conditions=source", entry, directory, "0"];
  const child = await start(1, argv);
  const line: unknown[] = await once(child.stdout ?? child, "data");
  const port = Number(String(line[0]).trim());
  const cookies = await Promise.all(Array.from({ length: users }, () => mintCookie(port)));
  const script = `local cookies = {${cookies.map((cookie) => `"${cookie}"`).join(",")}}
    local at = 0
    local made = {}
    function init()
      for index, cookie in ipairs(cookies) do
        made[index] = wrk.format(nil, nil, {["Host"] = "shop.localhost", ["Cookie"] = cookie})
      end
    end
    function request() at = at % #made + 1; return made[at] end\n`;
  return { port, process: child, script: await config("users.lua", script) };
}

async function measure({ port, process: child, script }: Contender): Promise<Sample> {
  const before = cpuTicks(child);
  const url = `http://127.0.0.1:${port}/1k`;
  const wrk = ["wrk", "-t1", "-c50", `-d${seconds}`, "--latency", "-s", script, url];
  const { stdout } = await run("taskset", ["-c", "0", ...wrk]);
  const cpuSeconds = (cpuTicks(child) - before) / ticksPerSecond;
  const find = (pattern: RegExp) => pattern.exec(stdout)?.[1] ?? "";
  if (stdout.includes("Non-2xx")) throw new Error(`not all requests succeeded:\n${stdout}`);
  return {
    requestsPerSecond: Number(find(/Requests\/sec:\s+([\d.]+)/)),
    cpuUs: (cpuSeconds * 1e6) / Number(find(/(\d+) requests in/)),
    p50: find(/50%\s+(\S+)/),
    p99: find(/99%\s+(\S+)/),
  };
}

/** Starts a program pinned to a core; taskset becomes it, so its id is the program's own. */
async function start(core: number, argv: readonly string[]): Promise<ChildProcess> {
  const child = spawn("taskset", ["-c", String(core), ...argv], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await once(child, "spawn");
  return child;
}

async function config(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

/** One process without a master: what it spends is in one place. */
function nginxConfig(name: string, servers: string): string {
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${directory}/${name}-temp;`)
    .join(" ");
  return `daemon off; master_process off; pid ${directory}/${name}.pid; error_log stderr crit;
    events { worker_connections 1024; }
    http { access_log off; keepalive_requests 1000000000; ${places} ${servers} }`;
}

function haproxyConfig(port: number, upstreamPort: number): string {
  return `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option http-keep-alive
frontend users
  bind 127.0.0.1:${port}
  default_backend app
backend app
  server one 127.0.0.1:${upstreamPort}
`;
}

async function mintCookie(port: number): Promise<string> {
  const outgoing = request({ host: "127.0.0.1", port, path: "/1k", agent: false });
  outgoing.setHeader("host", "shop.localhost");
  return new Promise((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      response.resume();
      resolve(response.headers["set-cookie"]?.[0]?.split(";")[0] ?? "");
    });
    outgoing.end();
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address: AddressInfo | string | null = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  server.close();
  await once(server, "close");
  return address.port;
}

function cpuTicks(child: ChildProcess): number {
  // Fields 14 and 15 (user and system time); the name in field 2 may hold spaces.
  const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function memoryKb(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
}
