/**
 * Users at a steady rate: each has a connection of their own that is kept open, and keeps its cookie.
 * Open loop: when a request is due it is sent by the next user who is not waiting for an answer.
 */
import { openVisitor, type Visitor } from "./visitor.ts";

export interface Failure {
  readonly at: number;
  /** Status code, or what the connection said. */
  readonly why: string;
  readonly body: string;
}

export interface Seen {
  readonly requests: number;
  readonly failures: readonly Failure[];
  /** Requests that were due when every user was still waiting. */
  readonly late: number;
  readonly latencyMs: readonly number[];
  /** Users whose answers carried each mark. */
  readonly usersByMark: ReadonlyMap<string, ReadonlySet<number>>;
  /** When a mark was first and last seen, epoch ms. */
  readonly marks: ReadonlyMap<string, { firstAt: number; lastAt: number; failed: number }>;
}

export interface Crowd {
  readonly seen: Seen;
  /** Resolves when the last answer is in. */
  readonly stop: () => Promise<Seen>;
}

interface CrowdOptions {
  readonly host: string;
  readonly port: number;
  readonly users: number;
  readonly perSecond: number;
}

interface User {
  readonly visitor: Visitor;
  readonly index: number;
  cookie: string | undefined;
  isWaiting: boolean;
}

const tickMs = 5;
const latenciesMax = 100_000;

export function openCrowd({ host, port, users: count, perSecond }: CrowdOptions): Crowd {
  const users = Array.from({ length: count }, (_, index): User => ({
    visitor: openVisitor(host, port),
    index,
    cookie: undefined,
    isWaiting: false,
  }));
  const seen = {
    requests: 0,
    failures: [] as Failure[],
    late: 0,
    latencyMs: [] as number[],
    usersByMark: new Map<string, Set<number>>(),
    marks: new Map<string, { firstAt: number; lastAt: number; failed: number }>(),
  };
  const flying = new Set<Promise<void>>();
  const startedAt = performance.now();
  let due = 0;
  let next = 0;
  const timer = setInterval(() => {
    const target = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
    for (; due < target; due += 1) {
      const user = nextIdle();
      if (user === undefined) seen.late += 1;
      else {
        const flight = send(user).finally(() => flying.delete(flight));
        flying.add(flight);
      }
    }
  }, tickMs);

  function nextIdle(): User | undefined {
    for (let tried = 0; tried < count; tried += 1) {
      const user = users[(next = (next + 1) % count)];
      if (user !== undefined && !user.isWaiting) return user;
    }
    return undefined;
  }

  async function send(user: User): Promise<void> {
    user.isWaiting = true;
    seen.requests += 1;
    const sentAt = performance.now();
    try {
      const headers = user.cookie === undefined ? {} : { cookie: user.cookie };
      const { status, body, cookie } = await user.visitor.visit("/", headers);
      user.cookie = cookie ?? user.cookie;
      if (status >= 500) seen.failures.push({ at: Date.now(), why: String(status), body });
      note(user.index, body, status >= 500);
    } catch (error) {
      const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
      seen.failures.push({ at: Date.now(), why, body: "" });
    } finally {
      user.isWaiting = false;
      if (seen.latencyMs.length < latenciesMax) seen.latencyMs.push(performance.now() - sentAt);
    }
  }

  function note(user: number, body: string, isFailure: boolean): void {
    const mark = /mark-\d+-/.exec(body)?.[0];
    if (mark === undefined) return;
    const at = Date.now();
    const known = seen.marks.get(mark) ?? { firstAt: at, lastAt: at, failed: 0 };
    known.lastAt = at;
    if (isFailure) known.failed += 1;
    seen.marks.set(mark, known);
    seen.usersByMark.set(mark, (seen.usersByMark.get(mark) ?? new Set<number>()).add(user));
  }

  return {
    seen,
    async stop() {
      clearInterval(timer);
      await Promise.all(flying);
      for (const { visitor } of users) visitor[Symbol.dispose]();
      return seen;
    },
  };
}
