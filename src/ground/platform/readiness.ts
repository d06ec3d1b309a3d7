/**
 * When an instance is ready: it accepts connections on its port, and its health request is answered
 * well. No fixed waits: a refused connection costs microseconds, so it is tried every few milliseconds.
 */
import { connect, type Socket } from "node:net";
import type { HealthCheck, StartFailed } from "#domain";
import {
  connectFirstMs,
  connectGrowthRatio,
  connectMaxMs,
  healthRequestMs,
  healthRetryMs,
} from "./limits.ts";
import { isListeningOn, listenersOf } from "./listeners.ts";

// By name an import reads all of its exports, of which one is a whole HTTP client (decision 0199).
const { get } = process.getBuiltinModule("node:http");

export interface Probe {
  readonly host: string;
  readonly port: number;
  readonly health: HealthCheck;
  /** The app's processes at present. */
  readonly pids: () => readonly number[];
  /** Aborts when the instance ended: then there is nothing left to wait for. */
  readonly ended: AbortSignal;
}

export type Readiness =
  | { readonly kind: "ready" }
  | { readonly kind: "ended" }
  | Exclude<StartFailed["reason"], { readonly kind: "exited" }>;

/** Waits until the instance is ready, ends, or `health.timeoutMs` have passed. */
export async function awaitReady(probe: Probe): Promise<Readiness> {
  const startedAt = performance.now();
  const deadlineAt = startedAt + probe.health.timeoutMs;
  const isOver = (): boolean => probe.ended.aborted || performance.now() >= deadlineAt;
  const ask: Ask = (socket) => {
    const leftMs = Math.max(1, deadlineAt - performance.now());
    return request(probe, Math.min(leftMs, healthRequestMs), socket);
  };
  let answering = await firstAsked(probe, ask, isOver);
  if (answering === undefined) {
    return probe.ended.aborted ? { kind: "ended" } : neverListened(probe, startedAt);
  }
  let told: Answer | undefined;
  for (;;) {
    const answer = await answering.promise;
    if (isGood(answer, probe.health)) return { kind: "ready" };
    if (probe.ended.aborted) return { kind: "ended" };
    // A last request cut short says less than the answer before it.
    told = "status" in answer ? answer : (told ?? answer);
    if (isOver()) return unhealthy(pathOf(probe), told);
    await pause(healthRetryMs, probe.ended);
    answering = { promise: ask() };
  }
}

type Ask = (socket?: Socket) => Promise<Answer>;

/** The first health request that the instance itself has taken; it may still think of its answer. */
async function firstAsked(
  probe: Probe,
  ask: Ask,
  isOver: () => boolean,
): Promise<{ readonly promise: Promise<Answer> } | undefined> {
  for (
    let waitMs = connectFirstMs;
    ;
    waitMs = Math.min(connectMaxMs, waitMs * connectGrowthRatio)
  ) {
    const socket = await connected(probe.host, probe.port);
    if (socket !== undefined) {
      // Asked at once: the app thinks of its answer while we look whose port it is.
      const promise = ask(socket);
      if (await isOwnPort(probe)) return { promise };
      socket.destroy();
    }
    if (isOver()) return undefined;
    await pause(waitMs, probe.ended);
  }
}

function pathOf({ health }: Probe): string {
  return health.path ?? "/";
}

function unhealthy(path: string, answer: Answer): Readiness {
  return { kind: "unhealthy", request: `GET ${path}`, answer: renderAnswer(answer) };
}

function neverListened({ port, pids }: Probe, startedAt: number): Readiness {
  const others = new Set(listenersOf(pids()).map((listener) => listener.port));
  return {
    kind: "never_listened",
    port,
    waitedMs: Math.round(performance.now() - startedAt),
    ...(others.size === 0 ? {} : { listensOn: [...others].toSorted((a, b) => a - b) }),
  };
}

/** Whether it is the instance that listens there: another program may hold the port. */
async function isOwnPort({ port, pids }: Probe): Promise<boolean> {
  return process.platform !== "linux" || (await isListeningOn(pids(), port));
}

/** A connection, or nothing where nobody accepts one. */
function connected(host: string, port: number): Promise<Socket | undefined> {
  return new Promise((done) => {
    const socket = connect({ host, port });
    const fail = (): void => {
      socket.destroy();
      done(undefined);
    };
    socket.setTimeout(1000, fail);
    // For good: an app that dies between two askings resets it when nobody else listens, which would end us.
    socket.on("error", () => undefined);
    socket.once("error", fail).once("connect", () => {
      socket.setTimeout(0).off("error", fail).off("timeout", fail);
      done(socket);
    });
  });
}

type Answer = { readonly status: number } | { readonly failure: string };

function request(probe: Probe, timeoutMs: number, socket?: Socket): Promise<Answer> {
  return new Promise((done) => {
    // `localhost`, since frameworks that check the host name allow it more often than an address.
    const headers = { host: `localhost:${probe.port}`, "user-agent": "tidegate-health" };
    const signal = AbortSignal.any([probe.ended, AbortSignal.timeout(Math.ceil(timeoutMs))]);
    const { host, port } = probe;
    const where = { host, port, path: pathOf(probe), headers, signal };
    // Beside an agent, `createConnection` is not asked: the socket we have would stay open and silent, and a program
    // that closes its server when it is told to end would wait for it until it is killed.
    const over =
      socket === undefined ? { agent: false as const } : { createConnection: () => socket };
    const outgoing = get({ ...where, ...over }, (response) => {
      done({ status: response.statusCode ?? 0 });
      response.destroy(); // the status is all we asked for
    });
    outgoing.on("error", (cause: NodeJS.ErrnoException) => {
      const isTimeout = cause.name === "AbortError" || cause.code === "ABORT_ERR";
      done({ failure: isTimeout ? `no answer within ${Math.round(timeoutMs)} ms` : cause.message });
    });
  });
}

function isGood(answer: Answer, health: HealthCheck): boolean {
  if ("failure" in answer) return false;
  if (health.path === undefined) return answer.status < 500;
  return answer.status >= 200 && answer.status < 400;
}

function renderAnswer(answer: Answer): string {
  return "failure" in answer ? answer.failure : `HTTP ${answer.status}`;
}

/** Resolves after `ms`, or at once when `signal` aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      done();
    };
    const timer = setTimeout(finish, ms);
    if (signal.aborted) finish();
    else signal.addEventListener("abort", finish);
  });
}
