/** The five metrics for people, each with what it means; what is not known is said, not shown as zero. */
import { formatDurationMs } from "#std";
import type { DoraReport } from "./dora.ts";
import { formatCount, formatNumberOf, formatPercent, formatRatio } from "./format.ts";

const nameColumns = 24;
const valueColumns = 20;
const unknown = "not enough data";
const dayMs = 86_400_000;

export function renderDora(report: DoraReport): readonly string[] {
  const { deployments, failedDeployments, app } = report;
  const span = formatDurationMs(report.toAt - report.fromAt);
  const failed =
    report.changeFailRatio === undefined ? unknown : formatRatio(failedDeployments, deployments);
  return [
    `${app ?? "all apps"}, last ${span}: ${formatNumberOf(deployments, "deployment")} to users`,
    "",
    row("change lead time", duration(report.leadTimeMsP50), "commit to everybody has it, median"),
    row("  slowest tenth", duration(report.leadTimeMsP90), "as above, 90th percentile"),
    row(
      "  to the first user",
      duration(report.leadTimeFirstUserMsP50),
      "commit to first user, median",
    ),
    row("deployment frequency", frequency(report), "releases that everybody got and kept"),
    row("change fail rate", failed, "deployments taken away from users"),
    row(
      "  weighted by users",
      percent(report.changeFailRatioByUsers),
      "by the share of users they reached",
    ),
    row("failed recovery time", recovery(report), "first user on it to last user off it, median"),
    row(
      "deployment rework rate",
      percent(report.reworkRatio),
      "hotfixes and reverts of what users had met",
    ),
  ];
}

function row(name: string, value: string, meaning: string): string {
  return `${name.padEnd(nameColumns)}${value.padEnd(valueColumns)}${meaning}`;
}

function duration(durationMs: number | undefined): string {
  return durationMs === undefined ? unknown : formatDurationMs(durationMs);
}

function percent(ratio: number | undefined): string {
  return ratio === undefined ? unknown : formatPercent(ratio);
}

/** A rate out of less than a day would be a prophecy: then it is what was counted. */
function frequency(report: DoraReport): string {
  const { deployments, failedDeployments, deploymentsPerDay, fromAt, toAt } = report;
  if (deployments === 0) return unknown;
  if (toAt - fromAt < dayMs) {
    return `${deployments - failedDeployments} in ${formatDurationMs(toAt - fromAt)}`;
  }
  const perDay = deploymentsPerDay;
  if (perDay >= 10) return `${formatCount(perDay)} a day`;
  if (perDay >= 1) return `${Number(perDay.toFixed(1))} a day`;
  return `${Number((perDay * 7).toFixed(1))} a week`;
}

function recovery({ recoveryMsP50, deployments, failedDeployments }: DoraReport): string {
  const isClean = deployments > 0 && failedDeployments === 0;
  return isClean ? "nothing failed" : duration(recoveryMsP50);
}
