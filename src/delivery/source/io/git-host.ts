/**
 * Git for a server that has authenticated already, over HTTP and over SSH: system git behind both, with our
 * hooks asking this process about every push. A push is led through the same states on either way.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable, Writable } from "node:stream";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { err, ok, some, type Result } from "#std";
import type { AppName, By, Clock, Log, Repositories } from "#domain";
import {
  type CheckLimits,
  defaultCheckLimits,
  fetchBodyBytesMax,
  fetchMsMax,
  receiveMsMax,
  silentMsMax,
  streamMsMax,
} from "../limits.ts";
import type { Push } from "../push.ts";
import { type GitTarget, parseGitTarget, startCgi } from "./cgi.ts";
import { startDirect } from "./direct.ts";
import { operations, type Operations } from "./operations.ts";
import { gitEnv, gitPlaces, type GitPlaces, gitPrograms, repositoryOf } from "./git.ts";
import { installHooks } from "./hooks.ts";
import { createPushGate, type PushGate } from "./push-gate.ts";
import { receivePush } from "./receive.ts";
import { createRepositories, type GitRepositories } from "./repositories.ts";
import type { GitService, RunningGit } from "./running-git.ts";
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

/** What a client asks for over a stream of its own, by somebody who may do it. */
export interface GitConversation {
  readonly app: AppName;
  /** Who pushes; goes into `Push.pushedBy`. */
  readonly actor: string;
  readonly by?: By;
  readonly service: GitService;
  readonly input: Readable;
  readonly output: Writable;
  /** From where, for git's own log of its refs. */
  readonly address: string;
  /** What the client would like to speak: `version=2`. */
  readonly protocol?: string | undefined;
}

/** A sentence for whoever asked. */
export interface NotServed {
  readonly text: string;
}

export interface GitHost extends Repositories {
  /** Serves one request whose body nobody has read; resolves when all of it is over. */
  handle(request: IncomingMessage, response: ServerResponse, context: GitRequest): Promise<void>;
  /** Leads one conversation to its end, and gives git's exit code. */
  converse(conversation: GitConversation): Promise<Result<number, NotServed>>;
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
  /** Absolute path of the directory of git's own programs. */
  readonly programs: string;
  readonly limits: CheckLimits;
  readonly repositories: GitRepositories;
  readonly scanner: SecretScanner;
  readonly gate: PushGate;
  readonly disposing: AbortController;
  readonly running: Map<AppName, Set<Running>>;
  readonly operations: Operations;
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
    programs: await gitPrograms(),
    limits,
    repositories,
    scanner: createSecretScanner(),
    gate: createPushGate(),
    disposing: new AbortController(),
    running: new Map(),
    operations: operations(),
  };
  const warmUp = setImmediate(() => {
    ground.scanner.warmUp().catch((cause: unknown) => {
      log.error("source.secret_rules_missing", { cause: String(cause) });
    });
  });
  return {
    ...repositories,
    handle: (request, response, context) => handle(ground, { request, response, context }),
    converse: (conversation) => converse(ground, conversation),
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
  if (ground.disposing.signal.aborted) return refuse(request, response, refusals[503]);
  const begun = ground.operations.begin(app, context.actor);
  if (!begun.ok) {
    const { isOwn, text } = begun.error;
    return refuse(request, response, { status: isOwn ? 429 : 503, text });
  }
  try {
    await operate(ground, { ...exchange, target });
  } finally {
    begun.value();
  }
}

/** The wait for one's turn to push is part of it. */
async function operate(
  ground: Ground,
  exchange: Exchange & { readonly target: GitTarget },
): Promise<void> {
  const { request, response, context, target } = exchange;
  const { app } = context;
  if (target.kind !== "serve" || target.service !== "git-receive-pack") {
    return track(ground, app, serveFetch(ground, exchange, target));
  }
  const entered = await ground.gate.enter(app);
  if (!entered.ok) return refuse(request, response, refusals[503]);
  try {
    // The wait may have been longer than the client's patience, or than this host's life.
    if (response.destroyed) return;
    if (ground.disposing.signal.aborted) return refuse(request, response, refusals[503]);
    await track(ground, app, servePush(ground, exchange, entered.value));
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
    program: backendOf(ground),
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
  const { context } = exchange;
  const cgi = startCgi({
    ...exchange,
    program: backendOf(ground),
    env: gitEnv(ground.places, context.app, ground.limits),
    actor: context.actor,
    bodyBytesMax: bodyBytesMaxOf(ground),
    wallMs: receiveMsMax + streamMsMax,
  });
  return receive(ground, context, { git: cgi, onRecorded: leaveGate });
}

function backendOf({ programs }: Ground): string {
  return join(programs, "git-http-backend");
}

/** A little more than git's own limit, whose words are better. */
function bodyBytesMaxOf({ limits }: Ground): number {
  return limits.pushBytesMax + 1024 * 1024;
}

interface Receiving {
  readonly git: RunningGit;
  readonly onRecorded: () => void;
  /** Whether the time for a push runs yet; default: it does. */
  readonly begun?: Promise<unknown>;
}

/** Leads a push through its states; it may be cut off until its refs have moved. */
function receive(
  ground: Ground,
  { app, actor, by }: Pick<GitRequest, "app" | "actor" | "by">,
  { git, onRecorded, begun = Promise.resolve() }: Receiving,
): Running {
  const { options, places, limits } = ground;
  let slow: NodeJS.Timeout | undefined;
  let isOver = false;
  const limitTime = async (): Promise<void> => {
    await begun;
    if (!isOver) slow = setTimeout(() => git.kill(), receiveMsMax).unref();
  };
  void limitTime();
  const settle = (): void => {
    isOver = true;
    clearTimeout(slow);
  };
  let hasMoved = false;
  const over = receivePush(
    {
      ...options,
      app,
      actor,
      ...some("by", by),
      env: gitEnv(places, app, limits),
      limits,
      scanner: ground.scanner,
      repositories: ground.repositories,
      directory: repositoryOf(places, app),
      signal: ground.disposing.signal,
      onMoved() {
        settle();
        hasMoved = true;
      },
      onRecorded,
    },
    git,
  ).finally(settle);
  return { over, canCut: () => !hasMoved, kill: () => git.kill() };
}

async function converse(
  ground: Ground,
  conversation: GitConversation,
): Promise<Result<number, NotServed>> {
  const { app, actor } = conversation;
  const directory = repositoryOf(ground.places, app);
  if ((await stat(directory).catch(() => undefined)) === undefined) return err(refusals[404]);
  if (ground.disposing.signal.aborted) return err(refusals[503]);
  const begun = ground.operations.begin(app, actor);
  if (!begun.ok) return begun;
  try {
    return await lead(ground, conversation, directory);
  } finally {
    begun.value();
  }
}

async function lead(
  ground: Ground,
  conversation: GitConversation,
  directory: string,
): Promise<Result<number, NotServed>> {
  const { app, service } = conversation;
  const isPush = service === "git-receive-pack";
  const waiting = Promise.withResolvers<void>();
  let leaveGate: (() => void) | undefined;
  let isRefused = false;
  let isOver = false;
  const git = startDirect({
    ...conversation,
    directory,
    program: join(ground.programs, service),
    env: gitEnv(ground.places, app, ground.limits),
    bodyBytesMax: isPush ? bodyBytesMaxOf(ground) : fetchBodyBytesMax,
    wallMs: isPush ? silentMsMax + receiveMsMax + streamMsMax : fetchMsMax,
    silentMsMax,
    async enter() {
      if (!isPush) return true;
      // Not before: who only looks, or whose own checks take long, keeps nobody out.
      const entered = await ground.gate.enter(app);
      waiting.resolve();
      isRefused = !entered.ok;
      if (entered.ok && isOver) entered.value();
      else if (entered.ok) leaveGate = entered.value;
      return entered.ok;
    },
  });
  const running = isPush
    ? receive(ground, conversation, {
        git,
        begun: waiting.promise,
        onRecorded: () => leaveGate?.(),
      })
    : { over: git.ended, canCut: () => true, kill: () => git.kill() };
  try {
    await track(ground, app, running);
  } finally {
    isOver = true;
    leaveGate?.();
  }
  const exitCode = await git.exitCode;
  return isRefused ? err(refusals[503]) : ok(exitCode ?? killedExitCode);
}

/** As a shell would say it. */
const killedExitCode = 137;

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
  const retry = status === 503 || status === 429 ? { "retry-after": "5" } : {};
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
