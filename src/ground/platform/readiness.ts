/**
 * When an instance is ready: it accepts connections on its port, and its health request is answered
 * well. No fixed waits: a refused connection costs microseconds, so it is tried every few milliseconds.
 */
import { get } from "node:http";
import { connect } from "node:net";
import type { HealthCheck, StartFailed } from "#domain";
import { connectFirstMs, connectMaxMs, healthRequestMs, healthRetryMs } from "./limits.ts";
import { listenersOf } from "./listeners.ts";

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
  for (let waitMs = connectFirstMs; !(await isListening(probe));) {
    if (isOver()) return probe.ended.aborted ? { kind: "ended" } : neverListened(probe, startedAt);
    await pause(waitMs, probe.ended);
    waitMs = Math.min(connectMaxMs, waitMs * 1.1);
  }
  const path = probe.health.path ?? "/";
  let told: Answer | undefined;
  for (;;) {
    const leftMs = Math.max(1, deadlineAt - performance.now());
    const answer = await request(probe, path, Math.min(leftMs, healthRequestMs));
    if (isGood(answer, probe.health)) return { kind: "ready" };
    if (probe.ended.aborted) return { kind: "ended" };
    // A last request cut short says less than the answer before it.
    told = "status" in answer ? answer : (told ?? answer);
    if (isOver()) return unhealthy(path, told);
    await pause(healthRetryMs, probe.ended);
  }
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

/** Whether the port answers, and it is the instance that answers: another program may hold the port. */
async function isListening(probe: Probe): Promise<boolean> {
  if (!(await canConnect(probe.host, probe.port))) return false;
  if (process.platform !== "linux") return true;
  return listenersOf(probe.pids()).some(({ port }) => port === probe.port);
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port });
    const finish = (isOpen: boolean): void => {
      socket.destroy();
      done(isOpen);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.once("connect", () => finish(true)).once("error", () => finish(false));
  });
}

type Answer = { readonly status: number } | { readonly failure: string };

function request(probe: Probe, path: string, timeoutMs: number): Promise<Answer> {
  return new Promise((done) => {
    // `localhost`, since frameworks that check the host name allow it more often than an address.
    const headers = { host: `localhost:${probe.port}`, "user-agent": "tidegate-health" };
    const signal = AbortSignal.any([probe.ended, AbortSignal.timeout(Math.ceil(timeoutMs))]);
    const { host, port } = probe;
    const outgoing = get({ host, port, path, headers, agent: false, signal }, (response) => {
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
