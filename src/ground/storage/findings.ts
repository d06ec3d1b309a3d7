/** What `doctor` says about the database: which one, where, whether it answers, whether it keeps what it takes. */
import type { Clock, Finding } from "#domain";
import type { DatabaseConnection } from "./connection.ts";
import { majorMin } from "./database/binaries.ts";
import { findingTimeoutMs } from "./limits.ts";

/** Whose PostgreSQL it is: one of DATABASE_URL, or ours with the system's programs or those from npm. */
export type DatabaseOrigin = "url" | "system" | "embedded";

/** Runs a statement and gives its rows. */
export type Ask = (statement: string) => Promise<readonly object[]>;

interface Asked {
  readonly connection: DatabaseConnection;
  readonly origin: DatabaseOrigin;
  readonly ask: Ask;
  readonly clock: Clock;
}

/** What it said of itself, or why it said nothing. */
export type DatabaseAnswer =
  | { readonly kind: "silent"; readonly reason: string }
  | {
      readonly kind: "answered";
      readonly version: string;
      readonly answerMs: number;
      /** Settings that are off, and without which a crash may take what was acknowledged. */
      readonly off: readonly string[];
    };

const safeguards = ["fsync", "synchronous_commit", "full_page_writes"] as const;
const question = `select current_setting('server_version') as version, ${safeguards
  .map((name) => `current_setting('${name}') as ${name}`)
  .join(", ")}`;

/** Asks the database and judges the answer; one that does not answer in time is a finding, too. */
export async function databaseFinding(asked: Asked): Promise<Finding> {
  return judgeDatabase(await answerOf(asked), asked);
}

async function answerOf({ ask, clock }: Asked): Promise<DatabaseAnswer> {
  const askedAt = clock.now();
  const over = new AbortController();
  const late = (async (): Promise<DatabaseAnswer> => {
    await clock.sleep(findingTimeoutMs, over.signal);
    return { kind: "silent", reason: `no answer within ${findingTimeoutMs / 1_000} s` };
  })();
  const answer = ask(question).then(
    ([row]) => answered(row ?? {}, clock.now() - askedAt),
    (cause: unknown): DatabaseAnswer => ({
      kind: "silent",
      reason: cause instanceof Error && cause.message !== "" ? cause.message : String(cause),
    }),
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
  }
}

function answered(row: object, answerMs: number): DatabaseAnswer {
  const settings = new Map<string, unknown>(Object.entries(row));
  return {
    kind: "answered",
    // "16.9 (Debian 16.9-1.pgdg120+1)": the packager's own name for it helps nobody here.
    version: String(settings.get("version")).split(" ")[0] ?? "",
    answerMs,
    off: safeguards.filter((name) => settings.get(name) === "off"),
  };
}

/** Judges what the database answered. Pure. */
export function judgeDatabase(
  answer: DatabaseAnswer,
  { connection, origin }: Pick<Asked, "connection" | "origin">,
): Finding {
  const name = "postgresql";
  const place = placeOf(connection, origin);
  if (answer.kind === "silent") {
    const next =
      origin === "url"
        ? "start it, or correct DATABASE_URL and start Tidegate again"
        : "it is started again by itself; if it stays away: run/supervisor.log in the data directory";
    return { name, state: "bad", found: `${place} does not answer: ${answer.reason}`, next };
  }
  const { version, off, answerMs } = answer;
  const kept = off.length === 0 ? "fsync on" : `${off.join(" and ")} off`;
  const found = `${version}, ${place}, answers in ${answerMs} ms, ${kept}`;
  if (off.length > 0) {
    const commands = off.map((setting) => `alter system set ${setting} = on;`).join(" ");
    const next = `a crash could lose what was acknowledged: ${commands} select pg_reload_conf();`;
    return { name, state: "bad", found, next };
  }
  if (Number.parseInt(version, 10) >= majorMin) return { name, state: "good", found };
  return { name, state: "fair", found, next: `move to PostgreSQL ${majorMin} or newer` };
}

/** Whose it is and where, without a password that may be in the URL. */
function placeOf(connection: DatabaseConnection, origin: DatabaseOrigin): string {
  const whose = {
    url: "of DATABASE_URL",
    system: "embedded (the system's programs)",
    embedded: "embedded (programs from npm)",
  }[origin];
  const where = whereOf(connection);
  return where === "" ? whose : `${whose} at ${where}`;
}

function whereOf(connection: DatabaseConnection): string {
  if (typeof connection !== "string") return connection.host;
  // A socket's directory is in the query, and then there is no host for the platform's parser.
  const socket = /[?&]host=([^&]+)/.exec(connection)?.[1];
  if (socket !== undefined) return decodeURIComponent(socket);
  const url = URL.parse(connection);
  return url === null ? "" : `${url.host}${url.pathname}`;
}
