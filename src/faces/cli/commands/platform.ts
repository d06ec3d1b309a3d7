/** `tidegate dora | journal verify`: what deliveries add up to, and whether the record of them is whole. */
import { formatDurationMs, parseDurationMs } from "#std";
import type { DoraResource } from "#faces/api/contract";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { renderPairs } from "../render/table.ts";
import { count, counted, percent } from "../render/words.ts";
import type { Session } from "../session.ts";

export async function showDora(
  session: Session,
  options: { readonly all?: boolean; readonly window: string },
): Promise<ExitCode> {
  const window = parseDurationMs(options.window);
  if (!window.ok) {
    throw new CommandFailed(`--window is "${options.window}"; expected ${window.error}`, {
      exitCode: exitCodes.usage,
      next: "tidegate dora --window 30d",
    });
  }
  const app = options.all === true ? undefined : await session.app().catch(() => undefined);
  const client = await session.client();
  const query = { windowMs: window.value, ...(app === undefined ? {} : { app }) };
  const report = await client.call("GET /api/v1/dora", { query });
  session.show(report, (value) => renderDora(value, app, session));
  return exitCodes.done;
}

function renderDora(report: DoraResource, app: string | undefined, { terminal }: Session): string {
  const none = terminal.paint.dim("not enough yet");
  const time = (ms: number | undefined) => (ms === undefined ? none : formatDurationMs(ms));
  const share = (ratio: number | undefined) => (ratio === undefined ? none : percent(ratio));
  const byUsers =
    report.changeFailRatioByUsers === undefined
      ? ""
      : `, ${percent(report.changeFailRatioByUsers)} weighted by the users they reached`;
  const firstUser =
    report.leadTimeFirstUserMsP50 === undefined
      ? ""
      : `, to the first user ${formatDurationMs(report.leadTimeFirstUserMsP50)}`;
  const days = Math.floor((report.toAt - report.fromAt) / 86_400_000);
  const span = days >= 1 ? counted(days, "day") : formatDurationMs(report.toAt - report.fromAt);
  return [
    `${app ?? "all apps"}, the last ${span}; times are medians`,
    renderPairs(
      [
        ["change lead time", `${time(report.leadTimeMsP50)}${firstUser}`],
        [
          "deployment frequency",
          `${counted(report.deployments, "deployment")}, ${frequency(report, span)}`,
        ],
        ["recovery time", time(report.recoveryMsP50)],
        ["change fail rate", `${share(report.changeFailRatio)}${byUsers}`],
        ["rework rate", share(report.reworkRatio)],
      ],
      terminal.paint,
    ),
  ].join("\n");
}

/** A rate out of less than a day would be a prophecy: then it is what was counted. */
function frequency(report: DoraResource, span: string): string {
  const isYoung = report.toAt - report.fromAt < 86_400_000;
  return isYoung
    ? `${count(report.deployments - report.failedDeployments)} kept in ${span}`
    : `${Number(report.deploymentsPerDay.toFixed(2))} a day`;
}

export async function verifyJournal(session: Session): Promise<ExitCode> {
  const client = await session.client();
  const answer = await client.call("GET /api/v1/journal/verification", {});
  const { brokenAt } = answer;
  session.show(answer, ({ entries }) =>
    brokenAt === undefined
      ? `the journal is whole: ${count(entries)} entries, each chained to the one before`
      : `the journal is broken at entry ${brokenAt} of ${count(entries)}`,
  );
  if (brokenAt === undefined) return exitCodes.done;
  session.terminal.narrate("next: compare it with a backup; somebody or something changed it");
  return exitCodes.platform;
}
