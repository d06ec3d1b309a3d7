/** The table of the comparison, and what it says about who loses to whom, from outcomes. Pure. */
import type { World } from "#delivery/rollout";
import type { Outcome } from "./drive.ts";
import type { Scenario } from "./scenarios.ts";
import { durationText, quantileOf, shareOf, shareText, type Share } from "./statistics.ts";

/** One tool on one scenario. */
export interface Result {
  readonly scenario: Scenario;
  readonly tool: string;
  readonly outcomes: readonly Outcome[];
}

export const columns = [
  "scenario",
  "tool",
  "false stops %",
  "missed %",
  "stopped %",
  "time to stop, median / p90",
  "users harmed, median / p95",
  "requests harmed, median / p95",
  "time to full exposure, median / p90",
] as const;

interface Summary {
  /** Of a harmful one: after it began to be so. */
  readonly stopped: Share;
  /** Of a harmful one: before. */
  readonly stoppedTooSoon: Share;
  readonly letIn: Share;
  /** Since the candidate began to be harmful. */
  readonly secondsToStop: readonly number[];
  readonly secondsToAll: readonly number[];
  readonly usersHarmed: readonly number[];
  readonly requestsHarmed: readonly number[];
}

export function summaryOf({ scenario, outcomes }: Result): Summary {
  const { world } = scenario;
  const allStopped = outcomes.filter(({ end }) => end === "rolled_back");
  const stopped = allStopped.filter(({ seconds }) => seconds >= world.fault.fromS);
  const letIn = outcomes.filter(({ end }) => end === "promoted");
  const harmed = outcomes.map(({ toll }) => harmedBy(world, toll));
  return {
    stopped: shareOf(stopped.length, outcomes.length),
    stoppedTooSoon: shareOf(allStopped.length - stopped.length, outcomes.length),
    letIn: shareOf(letIn.length, outcomes.length),
    secondsToStop: stopped.map(({ seconds }) => seconds - world.fault.fromS),
    secondsToAll: letIn.map(({ seconds }) => seconds),
    usersHarmed: harmed.map(({ users }) => users),
    requestsHarmed: harmed.map(({ requests }) => requests),
  };
}

/** Requests that failed by the fault; or, where it makes them slow, that were slowed by it. */
function harmedBy(
  { fault }: World,
  toll: Outcome["toll"],
): { readonly users: number; readonly requests: number } {
  const slowed = fault.latencyFactor === 1 ? fault.slowRatio : 1;
  if (slowed === 0) return { users: toll.usersHarmed, requests: toll.requestsHarmed };
  return { users: toll.usersExposed, requests: slowed * toll.candidateRequests };
}

export function rowOf(result: Result, isFirst: boolean): readonly string[] {
  const { scenario, tool } = result;
  const summary = summaryOf(result);
  const isHarmful = scenario.truth === "harmful";
  const tolerated = scenario.isTolerated === true ? " (*)" : "";
  const stopTime = isHarmful ? pair(summary.secondsToStop, 0.9, durationText) : "";
  return [
    isFirst ? `${scenario.id}: ${scenario.name}${tolerated}` : "",
    tool,
    falseStopsText(scenario, summary),
    isHarmful ? shareText(summary.letIn) : "",
    isHarmful ? shareText(summary.stopped) : "",
    stopTime,
    isHarmful ? pair(summary.usersHarmed, 0.95, whole) : "",
    isHarmful ? pair(summary.requestsHarmed, 0.95, whole) : "",
    isHarmful ? "" : pair(summary.secondsToAll, 0.9, durationText),
  ];
}

/** A change that is harmful from the beginning cannot be stopped too soon. */
function falseStopsText(scenario: Scenario, summary: Summary): string {
  if (scenario.truth === "harmless") return shareText(summary.stopped);
  return scenario.world.fault.fromS > 0 ? shareText(summary.stoppedTooSoon) : "";
}

const whole = (value: number): string => String(Math.round(value));

function pair(values: readonly number[], at: number, text: (value: number) => string): string {
  if (values.length === 0) return "never";
  return `${text(quantileOf(values, 0.5))} / ${text(quantileOf(values, at))}`;
}

/** Above this share of wrong answers a tool is named under the table. */
const wrongShareMax = 0.05;

/** A line per tool: where it is wrong more often than in one rollout of twenty, beyond chance. */
export function faultsOf(results: readonly Result[]): readonly string[] {
  const tools = [...new Set(results.map(({ tool }) => tool))];
  return tools.map((tool) => {
    const own = results.filter((result) => result.tool === tool);
    const falseStops = own
      .filter(({ scenario }) => scenario.truth === "harmless")
      .filter((result) => summaryOf(result).stopped.low > wrongShareMax);
    const missed = own
      .filter(({ scenario }) => scenario.truth === "harmful" && scenario.isTolerated !== true)
      .filter((result) => summaryOf(result).letIn.low > wrongShareMax);
    return `**${tool}**: false stops above 5 %: ${named(falseStops)}. Misses above 5 %: ${named(missed)}.`;
  });
}

function named(results: readonly Result[]): string {
  return results.length === 0
    ? "none"
    : results.map(({ scenario }) => `${scenario.id} ${scenario.name}`).join("; ");
}

/** A line per scenario in which another tool did better than the first by a column of the table. */
export function lossesOf(results: readonly Result[], ours: string): readonly string[] {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  return scenarios.flatMap((scenario) => {
    const here = results.filter((result) => result.scenario === scenario);
    const own = here.find(({ tool }) => tool === ours);
    if (own === undefined) return [];
    const better = here
      .filter(({ tool }) => !tool.startsWith(ours))
      .flatMap((other) =>
        betterIn(scenario, summaryOf(other), summaryOf(own)).map((how) => `${other.tool} (${how})`),
      );
    return better.length === 0 ? [] : [`${scenario.id} ${scenario.name}: ${better.join(", ")}`];
  });
}

function betterIn(scenario: Scenario, other: Summary, own: Summary): readonly string[] {
  if (scenario.truth === "harmless") return betterHarmless(other, own);
  const isFewer = other.letIn.high < own.letIn.low;
  const misses = isFewer
    ? [`misses ${shareText(other.letIn)} against ${shareText(own.letIn)}`]
    : [];
  // Who misses most of it is not faster, and who lets it in stops counting whom it harms.
  if (other.stopped.share < 0.9 * own.stopped.share) return misses;
  const [theirs, ours] = [quantileOf(other.secondsToStop, 0.5), quantileOf(own.secondsToStop, 0.5)];
  const isSooner = theirs < ours;
  const fewer =
    quantileOf(other.requestsHarmed, 0.5) < quantileOf(own.requestsHarmed, 0.5)
      ? [
          `${whole(quantileOf(other.requestsHarmed, 0.5))} requests harmed against ${whole(quantileOf(own.requestsHarmed, 0.5))}`,
        ]
      : [];
  return [
    ...misses,
    ...(isSooner ? [`stops in ${durationText(theirs)} against ${durationText(ours)}`] : []),
    ...fewer,
  ];
}

function betterHarmless(other: Summary, own: Summary): readonly string[] {
  const isRarer = other.stopped.high < own.stopped.low;
  const isOftener = other.letIn.low > own.letIn.high;
  const [theirs, ours] = [quantileOf(other.secondsToAll, 0.5), quantileOf(own.secondsToAll, 0.5)];
  const isSooner = theirs < ours && other.letIn.low > own.letIn.share / 2;
  return [
    ...(isRarer
      ? [`false stops ${shareText(other.stopped)} against ${shareText(own.stopped)}`]
      : []),
    ...(isOftener ? [`lets in ${shareText(other.letIn)} against ${shareText(own.letIn)}`] : []),
    ...(isSooner ? [`full exposure in ${durationText(theirs)} against ${durationText(ours)}`] : []),
  ];
}
