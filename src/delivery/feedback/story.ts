/**
 * What the author reads while a change is delivered: each journal entry in words. The record below is
 * closed over the types of entries: a new type does not compile until it has words (or is told here
 * that it needs none).
 */
import {
  type Absentee,
  bucketCount,
  containedWords,
  leaveOut,
  nextWhenTakenAway,
  quietWords,
  type Change,
  type EventData,
  type StoryEventType,
  type JournalEntry,
  type Problem,
  type Verdict,
} from "#domain";
import { formatDurationMs, formatInstant, formatRoughMs, unreachable } from "#std";
import { formatCount, formatExposure, formatNumberOf, replacedWords, whoMet } from "./format.ts";
import { renderLines, type Line } from "./lines.ts";
import { detail, problemLines, step } from "./phrases.ts";
import { publishedLines } from "./published.ts";
import { rolledBackLines } from "./rolled-back.ts";
import { testLines } from "./tests-told.ts";

export interface StoryContext {
  readonly change: Change;
  /** When the push began; elapsed times count from here. */
  readonly startedAt: number;
  /** Where the app answers: "http://shop.localhost:7480". */
  readonly url: string;
  /** On a terminal the stage is set in bold; never the only signal. */
  readonly isTty?: boolean;
}

type Words<T extends StoryEventType> = (
  data: EventData[T],
  told: { readonly entry: JournalEntry; readonly context: StoryContext },
) => readonly Line[];

/** Renders one journal entry as lines of at most 84 columns; some entries need none. */
export function renderEntry(entry: JournalEntry, context: StoryContext): readonly string[] {
  if (!isOfTheStory(entry)) return [];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an entry's data is that of its type
  const say = words[entry.type] as Words<StoryEventType>;
  const lines = say(entry.data, { entry, context });
  return renderLines(lines, entry.at - context.startedAt, context.isTty);
}

/** Who may do what is no part of any delivery. */
function isOfTheStory(entry: JournalEntry): entry is JournalEntry<StoryEventType> {
  return entry.type in words;
}

const words: { readonly [T in StoryEventType]: Words<T> } = {
  "dev.cdevents.repository.created": ({ app }) => [step("source", `app ${app} is created`)],
  "dev.cdevents.repository.deleted": ({ app }) => [step("source", `app ${app} is deleted`)],
  "dev.tidegate.config.changed": ({ version, keysSet, keysUnset }) => {
    const set = keysSet.length === 0 ? "" : `, set ${keysSet.join(", ")}`;
    const unset = keysUnset.length === 0 ? "" : `, unset ${keysUnset.join(", ")}`;
    return [step("source", `configuration ${version}${set}${unset}`)];
  },
  "dev.cdevents.change.merged": ({ change }, { entry }) => changeLines(change, entry.at),
  "dev.tidegate.change.superseded": ({ by, replaced }) => [
    replaced === undefined
      ? step("tidegate", `superseded by ${by}: a newer push took its place`)
      : step("rollout", `v${replaced.number} is ${replacedWords(replaced)}`),
    detail(`next: tidegate change watch ${by}`),
  ],
  "dev.tidegate.change.taken_back": ({ because, by }, { context: { change } }) => [
    step("rollout", `nobody has it any more: ${because}`),
    detail(`next: ${nextWhenTakenAway({ app: change.app, by, isHarmful: false })}`),
  ],
  "dev.tidegate.change.restored": ({ number, because }, { context: { url } }) => [
    step("rollout", `everybody has it again, as v${number}: ${because}`),
    detail(url),
  ],
  "dev.cdevents.build.started": ({ title, reasons }) => [
    step("build", reasons.length === 0 ? title : `${title}, because ${becauses(reasons)}`),
  ],
  "dev.cdevents.build.finished": (data) => buildLines(data),
  "dev.cdevents.testsuiterun.started": ({ command }) => [step("test", command)],
  "dev.cdevents.testsuiterun.finished": (data) => testLines(data),
  // One entry per statement; the gate's line says what became of them.
  "dev.cdevents.artifact.signed": () => [],
  "dev.tidegate.gate.decided": (data) => gateLines(data),
  "dev.cdevents.service.deployed": ({ number, instances, readyMs, sandboxLevel }) => [
    step(
      "rollout",
      `v${number} runs, nobody is on it yet: ${formatNumberOf(instances, "instance")}, ` +
        `ready in ${formatDurationMs(readyMs)}, sandbox L${sandboxLevel}`,
    ),
  ],
  "dev.tidegate.release.failed": ({ number, problem }) => [
    step("rollout", `v${number} did not start: ${problem.message}`, "bad"),
    ...problemLines(problem),
  ],
  "dev.tidegate.instance.exited": ({ instance, exit, restarts, isCrashLoop }) =>
    isCrashLoop
      ? [
          step(
            "rollout",
            `crash loop: ${instance} ended ${restarts + 1} times, last: ${exit}`,
            "bad",
          ),
        ]
      : [step("rollout", `${instance} ended (${exit}) and is started again`)],
  "dev.tidegate.rollout.gathering": ({ waitsFor, untilAt }) => [
    step("rollout", `waits, at most until ${formatInstant(untilAt)}, for ${absentees(waitsFor)}`),
  ],
  "dev.tidegate.rollout.started": ({
    candidate,
    baseline,
    policy,
    inPlaceOf,
    carries,
    together,
    togetherMore,
    without = [],
  }) => [
    step(
      "rollout",
      baseline === undefined
        ? `v${candidate} is the first release: there is nothing to compare it with`
        : `v${candidate} beside v${baseline}, ${policy}`,
    ),
    ...(inPlaceOf === undefined
      ? []
      : [
          detail(
            `takes the place of v${inPlaceOf.number} (${inPlaceOf.commit.slice(0, 7)}), ` +
              `which ${whoMet(inPlaceOf.totals) ?? "nobody"} had met`,
          ),
        ]),
    ...(carries === undefined
      ? []
      : [
          detail(
            `mind: it carries configuration version ${carries.config}, which was set and is not live yet ` +
              `(live: ${carries.live === 0 ? "none" : `version ${carries.live}`})`,
          ),
        ]),
    ...togetherLines(together, togetherMore),
    ...(without.length === 0 ? [] : [detail(`without ${absentees(without)}`)]),
  ],
  "dev.tidegate.rollout.regrouped": ({ app, by }) => [
    step(
      "rollout",
      `nobody is on it now: ${app ?? "another app"} has the newer change ${by}, and it goes with that`,
    ),
  ],
  "dev.tidegate.rollout.fresh_baseline_missing": ({ because }) => [
    step("rollout", `compares with the running baseline: ${because}`),
  ],
  "dev.tidegate.rollout.exposure_changed": (data, { context: { change } }) => [
    step("rollout", exposureLine(data)),
    ...trafficLines(data, change),
  ],
  "dev.tidegate.rollout.step_entered": ({ step: number, steps, title, because }) => [
    step("rollout", `step ${number} of ${steps}: ${title}; ${withoutTitle(because, title)}`),
  ],
  "dev.tidegate.rollout.delayed": ({ because }) => [step("rollout", `waits: ${because}`)],
  "dev.tidegate.rollout.not_measured": ({ guardrail, metric, because, where, next }) => [
    step("rollout", `guardrail ${guardrail} is not measured: ${because}`),
    detail(`looked for ${metric} in ${where}; without it there is no verdict`),
    detail(`next: ${next}`),
  ],
  "dev.tidegate.rollout.baked": ({ number, because }) => [
    step("rollout", `v${number} has baked: ${because}`),
  ],
  "dev.tidegate.rollout.held": ({ because, next }) => [
    step("rollout", `held: ${because}`),
    detail(`next: ${next}`),
  ],
  "dev.tidegate.rollout.commanded": ({ command, reason, step: number, of }, { entry }) => {
    const what = number === undefined ? command : `${command} ${number}`;
    const whom = of === undefined ? entry.actor : `${entry.actor}, of ${of} and all with it`;
    return [step("rollout", `${what} asked for by ${whom}${reason === "" ? "" : `: ${reason}`}`)];
  },
  "dev.tidegate.rollout.link_made": ({ arm }, { entry }) => {
    const where = arm === "candidate" ? "into it" : "out of it";
    return [step("rollout", `${entry.actor} had a link made to put a browser ${where}`)];
  },
  "dev.cdevents.service.published": (data) => publishedLines(data),
  "dev.cdevents.service.rolledback": (data, { entry, context }) =>
    rolledBackLines(data, { at: entry.at, context }),
  "dev.cdevents.service.removed": ({ number }) => [step("rollout", `v${number} is stopped`)],
  "dev.tidegate.delivery.finished": (data, { context }) => endLines(data, context),
};

/** "web (its change 1a2b3c4 is on its way)". */
function absentees(apps: readonly Absentee[]): string {
  return apps.map(({ app, because }) => `${app} (${because})`).join(", ");
}

function becauses(reasons: readonly { readonly because: string }[]): string {
  return [...new Set(reasons.map((reason) => reason.because))].join(", ");
}

function changeLines(change: Change, at: number): readonly Line[] {
  const { diffStat, contains = [] } = change;
  const size =
    diffStat === undefined
      ? ""
      : `   ${formatNumberOf(diffStat.files, "file")}, ` +
        `+${formatCount(diffStat.added)} -${formatCount(diffStat.removed)}`;
  return [
    step("source", `${change.commit.slice(0, 7)} "${change.subject}"${size}`),
    ...contains.map((each) => detail(`mind: it contains ${containedWords(each, at)}`)),
    ...(contains.length === 0 ? [] : [detail(`to leave that out: ${leaveOut(contains)}`)]),
    ...change.expectations.map((expectation) => detail(`expects: ${expectation.text}`)),
  ];
}

/** What the first users will tell, and when; where there are none, what can be done. */
function trafficLines(
  { from, to, verdict, quiet, isPrescribed }: EventData["dev.tidegate.rollout.exposure_changed"],
  { app }: Change,
): readonly Line[] {
  if (quiet !== undefined) return quietWords(app, quiet).map((line) => detail(line));
  // A first share this large means that few requests come in.
  return from === 0 && to >= bucketCount / 4 && isPrescribed !== true
    ? [detail(`few requests come in, so proof takes a while${howLong(verdict)}`)]
    : [];
}

/** A reason that begins with what is said already is said from there on. */
function withoutTitle(because: string, title: string): string {
  return because.startsWith(`${title}: `) ? because.slice(title.length + 2) : because;
}

function exposureLine({
  from,
  to,
  because,
  totals,
}: Pick<
  EventData["dev.tidegate.rollout.exposure_changed"],
  "from" | "to" | "because" | "totals"
>): string {
  const share = formatExposure(to, totals);
  // "30 % of users, until approved: the candidate is ready": the step's title begins with the share.
  const title = because.startsWith(share) ? because.slice(0, because.indexOf(": ")) : "";
  return `${from > to ? "back to " : ""}${share}: ${withoutTitle(because, title)}`;
}

/** A forecast, once there is something to make it of: the first users have not met anything yet. */
function howLong({ guardrails }: Verdict): string {
  const forecasts = guardrails.flatMap(({ forecastMs }) => forecastMs ?? []);
  return forecasts.length === 0
    ? ": how long is known once some have been answered, and tidegate rollout show says it"
    : `: about ${formatRoughMs(Math.max(...forecasts))} at the present traffic`;
}

/** Those that the manifest names, and how many come with them. */
function togetherLines(named: readonly string[] = [], more = 0): readonly Line[] {
  const others = more === 0 ? [] : [`${formatNumberOf(more, "app")} that they name`];
  const all = [...named, ...others];
  return all.length === 0
    ? []
    : [detail(`together with ${all.join(", ")}: one exposure, one verdict`)];
}

function buildLines(data: EventData["dev.cdevents.build.finished"]): readonly Line[] {
  if (data.outcome === "failure") {
    const why = data.problem?.message ?? "no reason is recorded";
    return [
      step("build", `failed: ${why}`, "bad"),
      ...(data.problem ? problemLines(data.problem) : []),
    ];
  }
  const cached = data.steps.filter((record) => record.isCached).map((record) => record.name);
  const size = data.sizeBytes === undefined ? "" : `, ${formatBytes(data.sizeBytes)}`;
  const cache = data.isCached
    ? "   (cached)"
    : cached.length > 0
      ? `   (${cached.join(", ")} cached)`
      : "";
  return [step("build", `${data.artifact?.slice(0, 19) ?? "artifact"}…${size}${cache}`)];
}

function formatBytes(bytes: number): string {
  if (bytes < 1_000_000) return `${formatCount(Math.max(1, bytes / 1000))} kB`;
  return `${formatCount(bytes / 1_000_000)} MB`;
}

function gateLines({ passed, rules }: EventData["dev.tidegate.gate.decided"]): readonly Line[] {
  if (passed) return passedLines(rules);
  const stopped = rules.filter((rule) => rule.outcome !== "passed");
  return [
    step("assure", `the gate stopped it: ${stopped.length} of ${rules.length} rules`, "bad"),
    ...stopped.map((rule): Line => ({ kind: "fact", name: rule.name, value: rule.because })),
  ];
}

/** What holds for want of tests is not said to hold like the rest: an author may take it for tested. */
function passedLines(rules: EventData["dev.tidegate.gate.decided"]["rules"]): readonly Line[] {
  const namesOf = (some: typeof rules): string => some.map((rule) => rule.name).join(", ");
  const untested = rules.filter((rule) => rule.isUntested === true);
  const all = `${rules.length} of ${rules.length} rules hold`;
  if (untested.length === 0) return [step("assure", `${all}: ${namesOf(rules)}`)];
  const tested = rules.filter((rule) => rule.isUntested !== true);
  const others = tested.length === 0 ? "" : `${namesOf(tested)}; and `;
  return [
    step("assure", `${all}: ${others}${namesOf(untested)}, but only as no test was run`),
    detail('to ask for tests: gate: { tests: "tests.passed > 0" }'),
  ];
}

/** In short: the whole of it was told by the stage that failed, just before. */
function whyNot(problem: Problem | undefined): string | undefined {
  return problem?.code === "gate_closed" ? "the gate stopped it" : problem?.message.split("; ")[0];
}

function endLines(
  { state, summary, problem }: EventData["dev.tidegate.delivery.finished"],
  { change, url }: StoryContext,
): readonly Line[] {
  const show = detail(`next: tidegate change show ${change.id}`);
  switch (state) {
    case "unchanged":
      return [step("tidegate", `nothing to do: ${summary}`), detail(url)];
    case "failed":
      return [
        step("tidegate", `not delivered, no user met it: ${whyNot(problem) ?? summary}`, "bad"),
        show,
      ];
    case "held":
      return [step("tidegate", `held: ${summary}`), show];
    case "delivering":
      return [step("tidegate", summary)];
    // Each was told in full by the entry before: published, rolledback, superseded.
    case "live":
    case "rolled_back":
    case "superseded":
      return [];
    default:
      return unreachable(state);
  }
}
