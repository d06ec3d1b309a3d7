/** For tests: a git host behind a plain HTTP server, and a real client with its own working copy. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile, mkdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type AppName, type Clock, type Log, parseAppName } from "#domain";
import { assert } from "#std";
import type { CheckLimits } from "../limits.ts";
import type { Push } from "../push.ts";
import { createGitHost, type GitHost } from "./git-host.ts";

const execFileAsync = promisify(execFile);

export const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: () => Math.random(),
};

/** What was logged, by event name. */
export function createTestLog(): Log & { readonly events: string[] } {
  const events: string[] = [];
  const add = (event: string): void => void events.push(event);
  return { events, error: add, warn: add, info: add, debug: add };
}

export function appName(text: string): AppName {
  const app = parseAppName(text);
  assert(app.ok);
  return app.value;
}

export interface TestServerOptions {
  readonly dataDir: string;
  readonly onPush?: (push: Push) => AsyncIterable<string>;
  readonly checks?: Partial<CheckLimits>;
  readonly canWrite?: boolean;
}

export interface TestServer extends AsyncDisposable {
  readonly host: GitHost & AsyncDisposable;
  readonly server: Server;
  readonly log: ReturnType<typeof createTestLog>;
  readonly pushes: Push[];
  url(app: AppName): string;
}

// A delivery that has nothing to say.
async function* silent(): AsyncGenerator<string> {}

export async function startTestServer(options: TestServerOptions): Promise<TestServer> {
  const pushes: Push[] = [];
  const log = createTestLog();
  const host = await createGitHost({
    dataDir: options.dataDir,
    log,
    clock,
    onPush(push) {
      pushes.push(push);
      return (options.onPush ?? silent)(push);
    },
    ...(options.checks === undefined ? {} : { checks: options.checks }),
  });
  const server = createServer((request, response) => {
    const [, name, pathInfo = "/"] = /^\/git\/([^/]+)\.git(\/[^?]*)/.exec(request.url ?? "") ?? [];
    const app = parseAppName(name);
    if (!app.ok) {
      response.writeHead(404).end();
      return;
    }
    const canWrite = options.canWrite ?? true;
    host
      .handle(request, response, { app: app.value, actor: "ana", pathInfo, canWrite })
      .catch((cause: unknown) => log.error(`test.handle_failed ${String(cause)}`));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert(typeof address === "object" && address !== null);
  return {
    host,
    server,
    log,
    pushes,
    url: (app) => `http://127.0.0.1:${address.port}/git/${app}.git`,
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface TempDirectory extends AsyncDisposable {
  readonly path: string;
}

export async function temporaryDirectory(): Promise<TempDirectory> {
  const path = await mkdtemp(join(tmpdir(), "tidegate-source-"));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

const clientEnv = {
  PATH: process.env["PATH"] ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "Ana",
  GIT_AUTHOR_EMAIL: "ana@example.org",
  GIT_COMMITTER_NAME: "Ana",
  GIT_COMMITTER_EMAIL: "ana@example.org",
  LC_ALL: "C",
};

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A working copy with a real git client. */
export interface Client {
  readonly directory: string;
  git(...argv: readonly string[]): Promise<string>;
  /** As `git`, but a failure is an answer. */
  run(argv: readonly string[], input?: string): Promise<Ran>;
  /** Starts git and gives its stderr as it comes. */
  start(argv: readonly string[]): ReturnType<typeof spawn>;
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Commits everything; gives the commit's id. */
  commit(message: string): Promise<string>;
}

export async function createClient(directory: string, remote: string): Promise<Client> {
  await mkdir(directory, { recursive: true });
  const run = (argv: readonly string[], input?: string): Promise<Ran> =>
    new Promise((resolve) => {
      const child = execFile(
        "git",
        [...argv],
        { cwd: directory, env: clientEnv, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => {
          const exitCode = error === null ? 0 : Number(error.code ?? 1);
          resolve({ exitCode, stdout, stderr });
        },
      );
      child.stdin?.end(input);
    });
  const git = async (...argv: readonly string[]): Promise<string> => {
    const options = { cwd: directory, env: clientEnv, maxBuffer: 64 * 1024 * 1024 };
    const { stdout } = await execFileAsync("git", [...argv], options);
    return stdout.trim();
  };
  await git("init", "--quiet", "--initial-branch=main");
  await git("remote", "add", "tide", remote);
  return {
    directory,
    git,
    run,
    start: (argv) => spawn("git", [...argv], { cwd: directory, env: clientEnv }),
    async write(path, content) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    },
    async commit(message) {
      await git("add", "--all");
      await git("commit", "--quiet", "--allow-empty", "--message", message);
      return git("rev-parse", "HEAD");
    },
  };
}

/** Waits until the process has shown a line like that on stderr; gives all it has shown since. */
export function remoteLine(child: ReturnType<typeof spawn>, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let shown = "";
    const onData = (chunk: Buffer): void => {
      shown += chunk.toString("utf8");
      if (!pattern.test(shown)) return;
      child.stderr?.off("data", onData);
      resolve(shown);
    };
    child.stderr?.on("data", onData);
    child.once("close", () => {
      reject(new Error(`it ended before it said ${pattern.source}: ${shown}`));
    });
  });
}
