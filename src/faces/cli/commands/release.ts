/** `tidegate release …`: what has run, and how to get it back. */
import { formatDurationMs } from "#std";
import type { ReleaseResource } from "#faces/api/contract";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import type { Paint } from "../render/paint.ts";
import { renderTable } from "../render/table.ts";
import { ago } from "../render/words.ts";
import type { Session } from "../session.ts";

export async function listReleases(session: Session, limit: string): Promise<ExitCode> {
  const { terminal } = session;
  const app = await session.app();
  const client = await session.client();
  const key = "GET /api/v1/apps/:app/releases";
  const list = await client.call(key, { params: { app }, query: { limit: Number(limit) } });
  if (list.releases.length === 0 && !session.isJson) {
    terminal.narrate(`${app} has no release yet\nnext: git push tide main`);
    return exitCodes.done;
  }
  session.show(list, ({ releases }) => render(releases, terminal.now(), terminal.paint));
  return exitCodes.done;
}

export async function rollback(session: Session, release?: string): Promise<ExitCode> {
  const app = await session.app();
  const body = release === undefined ? {} : { to: releaseNumber(release) };
  const client = await session.client();
  const done = await client.call("POST /api/v1/apps/:app/rollback", { params: { app }, body });
  session.show(done, ({ release: made, elapsedMs }) => {
    const what = release === undefined ? "the release before" : `v${releaseNumber(release)}`;
    return `${app} is back on ${what}, as v${made.number} (${formatDurationMs(elapsedMs)})`;
  });
  return exitCodes.done;
}

/** Takes `v12` and `12`. */
export function releaseNumber(text: string): number {
  const number = Number(/^v?(\d{1,9})$/.exec(text)?.[1]);
  if (number > 0) return number;
  throw new CommandFailed(`"${text}" is no release; expected a number such as v12`, {
    exitCode: exitCodes.usage,
    next: "tidegate release list",
  });
}

function render(releases: readonly ReleaseResource[], now: number, paint: Paint): string {
  const rows = releases.map((release) => [
    paint.bold(`v${release.number}`),
    stateWord(release.state, paint),
    ago(release.createdAt, now),
    release.cause,
    release.change,
    `config ${release.configVersion}`,
    release.sandboxLevel === undefined ? "" : `level ${release.sandboxLevel}`,
  ]);
  const titles = ["RELEASE", "STATE", "MADE", "CAUSE", "CHANGE", "CONFIG", "SANDBOX"];
  return renderTable(
    titles.map((title) => ({ title })),
    rows,
    paint.dim,
  );
}

function stateWord(state: ReleaseResource["state"], paint: Paint): string {
  if (state === "live") return paint.good(state);
  if (state === "failed") return paint.bad(state);
  return state === "stopped" ? paint.dim(state) : paint.busy(state);
}
