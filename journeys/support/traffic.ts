/** Users of an app: each keeps the cookies it is given, and they come at a steady rate. */
import { Agent } from "node:http";
import { eventuallyTrue } from "./eventually.ts";
import { visit } from "./visit.ts";

export interface TrafficOptions {
  readonly edgePort: number;
  readonly app: string;
  readonly requestsPerSecond?: number;
  readonly users?: number;
  readonly paths?: readonly string[];
  /** The cookie that a user has from the start, by the user's number; default: none. */
  readonly cookieOf?: (user: number) => string;
  /** Whether an answer is a good one; default: below 500. */
  readonly isGood?: (status: number, body: string) => boolean;
}

export interface Traffic {
  /** Answers and failures so far, by body (first line) or by what went wrong. */
  readonly seen: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
  requests(): number;
  /** Users who have had an answer that `has` holds for. */
  usersWho(has: string): number;
  /** Waits until so many more requests have been answered. */
  more(requests: number): Promise<void>;
  stop(): Promise<void>;
}

interface User {
  cookie: string;
  readonly saw: Set<string>;
}

const tickMs = 10;

export function startTraffic(options: TrafficOptions): Traffic {
  const { edgePort, app, requestsPerSecond = 50, paths = ["/"] } = options;
  const isGood = options.isGood ?? ((status: number) => status < 500);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const { cookieOf = () => "" } = options;
  const users = Array.from({ length: options.users ?? 50 }, (_, index): User => ({
    cookie: cookieOf(index),
    saw: new Set(),
  }));
  const seen = new Map<string, number>();
  const failures: string[] = [];
  let sent = 0;
  let open = 0;
  let answered = 0;
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1000) * requestsPerSecond;
    while (sent < due) void one(sent++);
  }, tickMs);

  async function one(index: number): Promise<void> {
    const user = users[index % users.length];
    const path = paths[index % paths.length] ?? "/";
    if (user === undefined) return;
    open += 1;
    const headers = user.cookie === "" ? {} : { cookie: user.cookie };
    try {
      const answer = await visit(edgePort, app, { path, headers, agent });
      const line = answer.body.split("\n")[0]?.slice(0, 200) ?? "";
      remember(user, answer.headers["set-cookie"]);
      user.saw.add(line);
      note(line);
      if (!isGood(answer.status, answer.body)) fail(`${answer.status} ${line}`);
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    }
    open -= 1;
    answered += 1;
  }

  function note(what: string): void {
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }

  function fail(why: string): void {
    failures.push(`${Math.round(performance.now() - startedAt)} ms: ${why}`);
  }

  return {
    seen,
    failures,
    requests: () => answered,
    usersWho: (has) =>
      users.filter(({ saw }) => [...saw].some((line) => line.includes(has))).length,
    async more(requests) {
      const goal = answered + requests;
      await eventuallyTrue(
        `${requests} more requests are answered`,
        () => answered >= goal,
        60_000,
      );
    },
    async stop() {
      clearInterval(timer);
      await eventuallyTrue("the last requests are answered", () => open === 0, 30_000);
      agent.destroy();
    },
  };
}

function remember(user: User, given: string | readonly string[] | undefined): void {
  const all = typeof given === "string" ? [given] : (given ?? []);
  const pairs = all.map((cookie) => cookie.split(";")[0] ?? "");
  if (pairs.length > 0) user.cookie = pairs.join("; ");
}
