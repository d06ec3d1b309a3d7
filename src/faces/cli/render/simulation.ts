/** A simulation's report as text: what was found, how sure that is, and whether the claims hold. */
import type { ClaimResult, RunQuantile, RunShare, SimulationReport } from "#delivery/rollout";
import { formatDurationMs } from "#std";
import type { Terminal } from "../terminal.ts";
import type { Paint } from "./paint.ts";
import { renderTable } from "./table.ts";
import { count, counted, percent, spoken } from "./words.ts";

export function renderSimulation(report: SimulationReport, { paint }: Terminal): string {
  const kind = report.isFaulty ? "the candidate has a fault" : "the candidate is healthy";
  const head = `${report.title}\n${paint.dim(`${counted(report.runs, "run")} from seed ${report.seed}; ${kind}`)}`;
  const examples = report.examples.map(
    ({ seed, end, seconds, sentence }) =>
      `${endWord(end, paint)} after ${formatDurationMs(seconds * 1000)} (seed ${seed}): ${sentence}`,
  );
  return [head, renderFindings(report, paint), ...examples, renderClaims(report.claims, paint)]
    .filter((part) => part !== "")
    .join("\n\n");
}

type Row = readonly [name: string, found: string, sure: string];

function renderFindings(report: SimulationReport, paint: Paint): string {
  const { secondsToStop, secondsToLetIn, requestsHarmed, usersHarmed, exposureMax } = report;
  const faulty: readonly Row[] = [
    shareRow("stopped after harm began", report.stopped),
    ...quantileRows("time to stop", [secondsToStop.median, secondsToStop.p90, "90th"], durationOf),
  ];
  const harmed: readonly Row[] = [
    ...quantileRows(
      "requests harmed",
      [requestsHarmed.median, requestsHarmed.p95, "95th"],
      countOf,
    ),
    ...quantileRows("users harmed", [usersHarmed.median, usersHarmed.p95, "95th"], countOf),
  ];
  const rows: readonly Row[] = [
    shareRow(report.isFaulty ? "stopped before harm" : "false stops", report.falseStops),
    ...(report.isFaulty ? faulty : []),
    shareRow("everybody let in", report.letIn),
    ...(report.letIn.runs === 0
      ? []
      : quantileRows(
          "time to let in",
          [secondsToLetIn.median, secondsToLetIn.p90, "90th"],
          durationOf,
        )),
    shareRow("undecided at the end", report.undecided),
    ...(report.isFaulty ? harmed : []),
    ...quantileRows("largest exposure", [exposureMax.median, exposureMax.p95, "95th"], percentOf),
  ];
  const columns = [
    { title: "OF THE RUNS" },
    { title: "FOUND", align: "right" },
    { title: "95 % SURE", align: "right" },
  ] as const;
  return renderTable(columns, rows, paint);
}

function shareRow(name: string, { runs, of, ratio, ratioLow, ratioHigh }: RunShare): Row {
  const found = `${count(runs)} of ${count(of)} (${percent(ratio)})`;
  return [name, found, `${percent(ratioLow)} to ${percent(ratioHigh)}`];
}

type Show = (value: number | null) => string;

function quantileRows(
  name: string,
  [median, high, rank]: readonly [RunQuantile, RunQuantile, string],
  show: Show,
): readonly Row[] {
  const row = (title: string, { value, low, high: top }: RunQuantile): Row => [
    title,
    show(value),
    show(low) === show(top) ? show(low) : `${show(low)} to ${show(top)}`,
  ];
  return [row(`${name}, median`, median), row(`  ${rank} percentile`, high)];
}

const durationOf: Show = (seconds) =>
  seconds === null ? "never" : formatDurationMs(seconds * 1000);
const countOf: Show = (value) =>
  value === null ? "no limit" : count(Number(value.toFixed(value < 10 ? 1 : 0)));
const percentOf: Show = (value) => (value === null ? "no limit" : percent(value));

function renderClaims(claims: readonly ClaimResult[], paint: Paint): string {
  if (claims.length === 0) return "";
  const rows = claims.map((result) => [
    result.isMet ? paint.good("met") : paint.bad("not met"),
    result.claim,
    `${result.bound === "at_most" ? "at most" : "at least"} ${valueOf(result, result.claimed)}`,
    valueOf(result, result.found),
    sureOf(result),
  ]);
  const columns = [
    { title: "CLAIM" },
    { title: "" },
    { title: "CLAIMED", align: "right" },
    { title: "FOUND", align: "right" },
    { title: "" },
  ] as const;
  return renderTable(columns, rows, paint);
}

function sureOf({ isMet, isSure }: ClaimResult): string {
  if (!isMet) return "";
  return isSure ? "sure" : "more runs would make it sure";
}

function valueOf({ unit }: ClaimResult, value: number | null): string {
  if (value === null) return "never";
  if (unit === "ratio") return percent(value);
  return unit === "ms" ? formatDurationMs(value) : countOf(value);
}

function endWord(end: SimulationReport["examples"][number]["end"], paint: Paint): string {
  if (end === "promoted") return paint.good("let in");
  return end === "rolled_back" ? paint.bad("stopped") : paint.busy(spoken(end));
}
