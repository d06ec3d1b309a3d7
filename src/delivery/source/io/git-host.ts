/**
 * Git over HTTP for a server that has authenticated already: system `git http-backend` behind three
 * paths, with our hooks asking this process about every push.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { some } from "#std";
import type { AppName, By, Clock, Log, Repositories } from "#domain";
import {
  type CheckLimits,
  defaultCheckLimits,
  fetchBodyBytesMax,
  fetchMsMax,
  receiveMsMax,
  requestsPerAppMax,
  streamMsMax,
} from "../limits.ts";
import type { Push } from "../push.ts";
import { type GitTarget, parseGitTarget, startCgi } from "./cgi.ts";
import { gitEnv, gitPlaces, type GitPlaces, httpBackend, repositoryOf } from "./git.ts";
import { installHooks } from "./hooks.ts";
import { createPushGate, type PushGate } from "./push-gate.ts";
import { receivePush } from "./receive.ts";
import { createRepositories, type GitRepositories } from "./repositories.ts";
import { createSecretScanner, type SecretScanner } from "./secrets.ts";

export interface GitHostOptions {
  readonly dataDir: string;
  readonly log: Log;
  readonly clock: Clock;
  /**
   * Called exactly once for each accepted update of a branch. What it yields is shown to the client
   * as it comes; it is read to its end even when the client has gone.
   */
  readonly onPush: (push: Push) => AsyncIterable<string>;
  /** Bounds that differ from the defaults. */
  readonly checks?: Partial<CheckLimits>;
}

export interface GitRequest {
  readonly app: AppName;
  /** Who pushes; goes into `Push.pushedBy`. */
  readonly actor: string;
  readonly by?: By;
  /** What follows the repository in the path: `/info/refs`, `/git-receive-pack`. */
  readonly pathInfo: string;
  readonly canWrite: boolean;
}

export interface GitHost extends Repositories {
  /** Serves one request whose body nobody has read; resolves when all of it is over. */
  handle(request: IncomingMessage, response: ServerResponse, context: GitRequest): Promise<void>;
}

/** One request that is served at present. */
interface Running {
  readonly over: Promise<void>;
  /** Nothing is lost when it is cut off now: it only reads, or its refs have not moved. */
  canCut(): boolean;
  kill(): void;
}

/** What all requests share. */
interface Ground {
  readonly options: GitHostOptions;
  readonly places: GitPlaces;
  /** Absolute path of `git-http-backend`. */
  readonly program: string;
  readonly limits: CheckLimits;
  readonly repositories: GitRepositories;
  readonly scanner: SecretScanner;
  readonly gate: PushGate;
  readonly disposing: AbortController;
  readonly running: Map<AppName, Set<Running>>;
}

export async function createGitHost(options: GitHostOptions): Promise<GitHost & AsyncDisposable> {
  const { log, clock } = options;
  const places = gitPlaces(options.dataDir);
  const limits = { ...defaultCheckLimits, ...options.checks };
  await mkdir(places.root, { recursive: true, mode: 0o755 });
  await removeHalfMade(places.root);
  await installHooks(places.hooks);
  const repositories = createRepositories({
    places,
    limits,
    now: () => clock.now(),
    random: () => clock.random(),
  });
  const ground: Ground = {
    options,
    places,
    program: await httpBackend(),
    limits,
    repositories,
    scanner: createSecretScanner(),
    gate: createPushGate(),
    disposing: new AbortController(),
    running: new Map(),
  };
  const warmUp = setImmediate(() => {
    ground.scanner.warmUp().catch((cause: unknown) => {
      log.error("source.secret_rules_missing", { cause: String(cause) });
    });
  });
  return {
    ...repositories,
    handle: (request, response, context) => handle(ground, { request, response, context }),
    async [Symbol.asyncDispose]() {
      clearImmediate(warmUp);
      ground.disposing.abort();
      const all = [...ground.running.values()].flatMap((requests) => [...requests]);
      for (const one of all) if (one.canCut()) one.kill();
      await Promise.allSettled(all.map(({ over }) => over));
      repositories[Symbol.dispose]();
    },
  };
}

async function handle(ground: Ground, exchange: Exchange): Promise<void> {
  const { request, response, context } = exchange;
  const { app } = context;
  const target = await targetOf(request, context, repositoryOf(ground.places, app));
  if (typeof target === "number") return refuse(request, response, refusals[target]);
  const isFull = (ground.running.get(app)?.size ?? 0) >= requestsPerAppMax;
  if (isFull || ground.disposing.signal.aborted) return refuse(request, response, refusals[503]);
  if (target.kind !== "serve" || target.service !== "git-receive-pack") {
    return track(ground, app, serveFetch(ground, exchange, target));
  }
  const entered = await ground.gate.enter(app);
  if (!entered.ok) return refuse(request, response, refusals[503]);
  try {
    // The wait may have been longer than the client's patience, or than this host's life.
    if (response.destroyed) return;
    if (ground.disposing.signal.aborted) return refuse(request, response, refusals[503]);
    await track(ground, app, servePush(ground, { ...exchange, target }, entered.value));
  } finally {
    entered.value();
  }
}

function track({ running }: Ground, app: AppName, one: Running): Promise<void> {
  const mine = running.get(app) ?? new Set();
  running.set(app, mine.add(one));
  return one.over.finally(() => {
    mine.delete(one);
    if (mine.size === 0 && running.get(app) === mine) running.delete(app);
  });
}

function serveFetch(ground: Ground, exchange: Exchange, target: GitTarget): Running {
  const cgi = startCgi({
    ...exchange,
    program: ground.program,
    target,
    env: gitEnv(ground.places, exchange.context.app, ground.limits),
    actor: exchange.context.actor,
    bodyBytesMax: fetchBodyBytesMax,
    wallMs: fetchMsMax,
  });
  return { over: cgi.ended, canCut: () => true, kill: () => cgi.kill() };
}

function servePush(
  ground: Ground,
  exchange: Exchange & { readonly target: GitTarget },
  leaveGate: () => void,
): Running {
  const { options, places, limits } = ground;
  const { app, actor, by } = exchange.context;
  const env = gitEnv(places, app, limits);
  const cgi = startCgi({
    ...exchange,
    program: ground.program,
    env,
    actor,
    // A little more than git's own limit, whose words are better.
    bodyBytesMax: limits.pushBytesMax + 1024 * 1024,
    wallMs: receiveMsMax + streamMsMax,
  });
  const slow = setTimeout(() => cgi.kill(), receiveMsMax).unref();
  let hasMoved = false;
  const over = receivePush(
    {
      ...options,
      app,
      actor,
      ...some("by", by),
      env,
      limits,
      scanner: ground.scanner,
      repositories: ground.repositories,
      directory: repositoryOf(places, app),
      signal: ground.disposing.signal,
      onMoved() {
        clearTimeout(slow);
        hasMoved = true;
      },
      onRecorded: leaveGate,
    },
    cgi,
  ).finally(() => clearTimeout(slow));
  return { over, canCut: () => !hasMoved, kill: () => cgi.kill() };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: GitRequest;
}

const refusals = {
  403: { status: 403, text: "This token may read this repository and not push to it.\n" },
  404: { status: 404, text: "There is no such repository here.\n" },
  503: { status: 503, text: "Too many requests for this repository; try again in a moment.\n" },
} as const;

type Refused = keyof typeof refusals;

async function targetOf(
  request: IncomingMessage,
  context: GitRequest,
  directory: string,
): Promise<GitTarget | Refused> {
  const query = new URL(request.url ?? "/", "http://localhost").searchParams;
  const target = parseGitTarget(request.method, context.pathInfo, query);
  if (target === undefined) return 404;
  if (target.service === "git-receive-pack" && !context.canWrite) return 403;
  const exists = await stat(directory).catch(() => undefined);
  return exists === undefined ? 404 : target;
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, text }: { readonly status: number; readonly text: string },
): void {
  const retry = status === 503 ? { "retry-after": "5" } : {};
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...retry });
  response.end(text);
  request.resume();
}

/** What a `create` left that was cut off by a crash. */
async function removeHalfMade(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (name.startsWith(".new-")) await rm(join(root, name), { recursive: true, force: true });
  }
}
