/**
 * One Tidegate for the tests of a file: on a data directory of its own, on free ports, started and
 * stopped by the command line as a person would. Closing it asserts that it leaves nothing behind.
 */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach } from "node:test";
import { type Ran, run, type RunOptions } from "./command.ts";
import { eventually, eventuallyTrue } from "./eventually.ts";
import { follow, type Following } from "./following.ts";
import { type Found, processesOf, type Role } from "./processes.ts";
import { Repository } from "./repository.ts";
import { startTraffic, type Traffic, type TrafficOptions } from "./traffic.ts";
import type { Tree } from "./tree.ts";
import { type Answer, visit, type VisitOptions } from "./visit.ts";

export const tidegateProgram = path.join(import.meta.dirname, "..", "..", "bin", "tidegate");

/** What the journeys read of the API's answers; absent members are the test's own concern. */
// oxlint-disable-next-line typescript/no-explicit-any -- these tests stand outside the types
export type Json = any;

/** What a person's shell would have, and nothing of ours. */
export function shellEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:TIDEGATE_|NODE_|GIT_)/.test(name),
  );
  return { ...Object.fromEntries(own), NO_COLOR: "1", ...more };
}

export class Tidegate {
  readonly dataDir: string;
  readonly port: number;
  readonly edgePort: number;
  readonly sshPort: number;
  readonly #env: NodeJS.ProcessEnv;
  readonly #repositories: Repository[] = [];

  constructor(
    dataDir: string,
    ports: { readonly api: number; readonly edge: number; readonly ssh: number },
  ) {
    this.dataDir = dataDir;
    this.port = ports.api;
    this.edgePort = ports.edge;
    this.sshPort = ports.ssh;
    this.#env = shellEnvironment({ TIDEGATE_DATA: dataDir });
  }

  /** Starts one, and closes it after the file's tests. */
  static async start(options: { readonly dataDir?: string } = {}): Promise<Tidegate> {
    const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), "tidegate-journey-")));
    const tide = new Tidegate(dataDir, {
      api: await freePort(),
      edge: await freePort(),
      ssh: await freePort(),
    });
    await tide.up();
    afterEach(async (context) => {
      if ("passed" in context && !context.passed) await tide.printLogs();
    });
    after(async () => await tide.close());
    return tide;
  }

  async up(): Promise<Json> {
    return await this.json("up", "--detach", ...this.portFlags());
  }

  portFlags(): readonly string[] {
    const ports = [`--port ${this.port}`, `--edge-port ${this.edgePort}`];
    return [...ports, `--ssh-port ${this.sshPort}`].flatMap((flag) => flag.split(" "));
  }

  async cli(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return await run(tidegateProgram, words, { ...options, env: { ...this.#env, ...options.env } });
  }

  /** Runs a command with `--json` that is to succeed; gives the document. */
  async json(...words: readonly string[]): Promise<Json> {
    const ran = await this.cli([...words, "--json"]);
    assert.equal(ran.code, 0, `tidegate ${words.join(" ")}: ${ran.stderr}`);
    return JSON.parse(ran.stdout);
  }

  /** Runs a command that goes on; gives its lines as they come. */
  follow(words: readonly string[]): Following {
    return follow(tidegateProgram, words, this.#env);
  }

  async token(): Promise<string> {
    return (await readFile(path.join(this.dataDir, "admin-token"), "utf8")).trim();
  }

  /** Asks the API; gives status and body whatever they are. */
  async api(
    route: string,
    body?: object,
  ): Promise<{ readonly status: number; readonly body: Json }> {
    const [method = "GET", address = ""] = route.split(" ");
    const answer = await fetch(`http://127.0.0.1:${this.port}${address}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.token()}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  }

  /** Creates an app and an author's repository that is linked to it; nothing is pushed yet. */
  async createApp(name: string, tree: Tree): Promise<Repository> {
    const created = await this.api("POST /api/v1/apps", { name });
    assert.equal(created.status, 201, JSON.stringify(created.body));
    const repository = await Repository.create(tree);
    this.#repositories.push(repository);
    const linked = await this.cli(["link", name], { cwd: repository.directory });
    assert.equal(linked.code, 0, linked.stderr);
    return repository;
  }

  /** Creates an app and delivers its first release. */
  async deliverApp(name: string, tree: Tree): Promise<Repository> {
    const repository = await this.createApp(name, tree);
    const pushed = await repository.push();
    assert.equal(pushed.code, 0, pushed.text);
    await this.untilServes(name);
    return repository;
  }

  async untilServes(app: string): Promise<void> {
    await eventuallyTrue(
      `${app} serves`,
      async () => (await this.visit(app).catch(() => undefined))?.status === 200,
    );
  }

  async visit(app: string, options: VisitOptions = {}): Promise<Answer> {
    return await visit(this.edgePort, app, options);
  }

  traffic(app: string, options: Partial<TrafficOptions> = {}): Traffic {
    return startTraffic({ edgePort: this.edgePort, app, ...options });
  }

  /** The newest change of an app. */
  async change(app: string): Promise<Json> {
    const { body } = await this.api(`GET /api/v1/changes?app=${app}&limit=1`);
    return body.changes[0];
  }

  /** Waits until a commit's change is in one of these states; gives the whole change. */
  async untilState(commit: string, states: readonly string[], withinMs = 60_000): Promise<Json> {
    let last = "unknown";
    return await eventually(
      `${commit.slice(0, 7)} is ${states.join(" or ")}`,
      async () => {
        const answer = await this.api(`GET /api/v1/changes/${commit}`).catch(() => undefined);
        last = answer?.body?.state ?? last;
        return answer?.status === 200 && states.includes(last) ? answer.body : undefined;
      },
      withinMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${last}`, { cause: error });
    });
  }

  /** The newest rollout of an app; absent while there is none, or nobody answers. */
  async rollout(app: string): Promise<Json> {
    const answer = await this.api(`GET /api/v1/rollouts/${app}`).catch(() => undefined);
    return answer?.status === 200 ? answer.body : undefined;
  }

  /** Waits until an app's newest rollout is in this state; gives it. */
  async untilRollout(app: string, state: string): Promise<Json> {
    return await eventually(`the rollout of ${app} is ${state}`, async () => {
      const rollout = await this.rollout(app);
      return rollout?.state === state ? rollout : undefined;
    });
  }

  /** All entries of the journal. */
  async journal(): Promise<readonly Json[]> {
    const entries: Json[] = [];
    for (;;) {
      const last = entries.at(-1)?.seq ?? 0;
      const { body } = await this.api(`GET /api/v1/journal?after=${last}&limit=500`);
      if (body.entries.length === 0) return entries;
      entries.push(...body.entries);
    }
  }

  async processes(role?: Role): Promise<readonly Found[]> {
    const all = await processesOf(this.dataDir);
    return role === undefined ? all : all.filter((one) => one.role === role);
  }

  /** kill -9, and waits until the process is gone. */
  async kill(role: Role): Promise<void> {
    const [found] = await this.processes(role);
    assert.ok(found, `there is no ${role} to kill`);
    process.kill(found.pid, "SIGKILL");
    await eventuallyTrue(
      `${role} ${found.pid} is gone`,
      async () => !(await this.processes(role)).some(({ pid }) => pid === found.pid),
    );
  }

  /** Everything that was logged, at this level. */
  async logged(level: "error" | "warn"): Promise<readonly string[]> {
    const lines = (await this.logs(Number.POSITIVE_INFINITY)).split("\n");
    return lines.filter((line) => line.includes(`"level":"${level}"`));
  }

  /** The last lines of each log. */
  async logs(linesMax = 25): Promise<string> {
    const directory = path.join(this.dataDir, "logs");
    const names = (await readdir(directory).catch(() => [])).filter((name) =>
      name.endsWith(".log"),
    );
    const files = [
      path.join(this.dataDir, "run", "supervisor.log"),
      ...names.map((name) => path.join(directory, name)),
    ];
    const texts = await Promise.all(
      files.map(async (file) => await readFile(file, "utf8").catch(() => "")),
    );
    return texts
      .map((text, index) => {
        const lines = text.trimEnd().split("\n").slice(-linesMax);
        return [`--- ${files[index]}`, ...lines].join("\n");
      })
      .join("\n");
  }

  async printLogs(): Promise<void> {
    process.stderr.write(`${await this.logs()}\n`);
  }

  async down(): Promise<void> {
    const ran = await this.cli(["down"], { timeoutMs: 90_000 });
    assert.equal(ran.code, 0, ran.stderr);
  }

  /** Stops it; what is left of it afterwards is a failure. */
  async close(): Promise<void> {
    try {
      await this.down();
      const left = await this.#left();
      if (left.length > 0) await this.printLogs();
      assert.deepEqual(left, [], `left behind:\n${left.join("\n")}`);
      for (const port of [this.port, this.edgePort]) {
        assert.equal(await isListening(port), false, `something listens on ${port} still`);
      }
    } finally {
      for (const { pid } of await this.processes()) killHard(pid);
      for (const repository of this.#repositories) await repository.remove();
      await rm(this.dataDir, { recursive: true, force: true });
    }
  }

  /** A process that was just killed may take the kernel a moment. */
  async #left(): Promise<readonly string[]> {
    let left: readonly string[] = [];
    await eventuallyTrue(
      "nothing is left",
      async () => {
        left = (await this.processes()).map(
          ({ pid, argv }) => `${pid} ${argv.join(" ").slice(0, 200)}`,
        );
        return left.length === 0;
      },
      3_000,
    ).catch(() => undefined);
    return left;
  }
}

function killHard(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It went before us.
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return address.port;
}

export async function isListening(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
