/** `tidegate audit …`: what people and programs did, and whether anybody has changed the record of it. */
import { formatInstant, parseDurationMs, parseInstantMs } from "#std";
import type { AuditEntryResource } from "#faces/api/contract";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { auditWords } from "../render/audit.ts";
import { printable } from "../render/printable.ts";
import { renderTable } from "../render/table.ts";
import { cut, widthOf } from "../render/width.ts";
import { count } from "../render/words.ts";
import type { CommonOptions, Session } from "../session.ts";
import { wholeNumber } from "../whole-number.ts";

export interface AuditOptions extends CommonOptions {
  readonly who?: string;
  readonly what?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: string;
  readonly full?: boolean;
}

/** Enough to know which entry it is; `--full` has the rest. */
const changeColumnsMax = 60;

export async function listAudit(session: Session, options: AuditOptions): Promise<ExitCode> {
  const { terminal } = session;
  const { app, who, what, limit } = options;
  const now = terminal.now();
  const query = {
    limit: wholeNumber("--limit", limit, { most: 500, next: "tidegate audit list --limit 50" }),
    ...(app === undefined ? {} : { app }),
    ...(who === undefined ? {} : { who }),
    ...(what === undefined ? {} : { what }),
    ...(options.since === undefined ? {} : { fromAt: instantOf("since", options.since, now) }),
    ...(options.until === undefined ? {} : { toAt: instantOf("until", options.until, now) }),
  };
  const client = await session.client();
  const list = await client.call("GET /api/v1/audit", { query });
  if (list.entries.length === 0 && !session.isJson) {
    terminal.narrate("nothing that fits\nnext: tidegate audit list --since 30d");
    return exitCodes.done;
  }
  const columns = [
    { title: "entry", align: "right" as const },
    { title: "at" },
    { title: "who" },
    { title: "what" },
    { title: "app" },
    { title: "change" },
    { title: "from", isExtra: true },
  ];
  const room = options.full === true ? Number.POSITIVE_INFINITY : changeColumnsMax;
  const rows = list.entries.map((entry) => rowOf(entry, room));
  session.show(list, () => renderTable(columns, rows, terminal.paint));
  if (!session.isJson && list.entries.some((entry) => widthOf(auditWords(entry)) > room)) {
    terminal.narrate("what is cut: tidegate audit list --full");
  }
  return exitCodes.done;
}

/** A duration back from now, or an instant. */
function instantOf(option: string, text: string, now: number): number {
  const back = parseDurationMs(text);
  if (back.ok) return now - back.value;
  const at = parseInstantMs(text);
  if (at.ok) return at.value;
  throw new CommandFailed(`--${option} is ${text}; expected 7d, or ${at.error}`, {
    exitCode: exitCodes.usage,
    next: `--${option} 7d`,
  });
}

function rowOf(entry: AuditEntryResource, changeColumns: number) {
  const { seq, at, who, by, what, app } = entry;
  const used = by.token === undefined ? "" : ` (${by.token})`;
  return [
    String(seq),
    formatInstant(at),
    who,
    what,
    app ?? "",
    cut(printable(auditWords(entry)), changeColumns),
    printable(`${by.address}${used}`),
  ];
}

export async function verifyAudit(session: Session): Promise<ExitCode> {
  const client = await session.client();
  const answer = await client.call("GET /api/v1/journal/verification", {});
  const { brokenAt } = answer;
  session.show(answer, ({ entries }) =>
    brokenAt === undefined
      ? `the audit log is whole: all ${count(entries)} entries of the journal are chained, each to the one before`
      : `the audit log was changed: entry ${brokenAt} of the journal does not fit the one before it`,
  );
  if (brokenAt === undefined) return exitCodes.done;
  session.terminal.narrate(
    "next: compare it with a backup; what comes before that entry can be trusted",
  );
  return exitCodes.platform;
}
