/** Changes as text: one line in a list, a page by itself. */
import { containedWords, hadBy, leaveOut, stoppedWord, takenAwayWords } from "#domain";
import { formatDurationMs } from "#std";
import type { ChangeResource, ChangeSummaryResource, RolloutResource } from "#faces/api/contract";
import type { Paint } from "./paint.ts";
import { renderRollout } from "./rollout.ts";
import { renderTable } from "./table.ts";
import { nameOfCode } from "./went-back.ts";
import { ago, short, spoken, took } from "./words.ts";

type Standing = ChangeResource["standing"];
type Stage = ChangeResource["stages"][number];

export function renderChanges(
  changes: readonly ChangeSummaryResource[],
  now: number,
  paint: Paint,
): string {
  const rows = changes.map((change) => [
    short(change.commit),
    stateWord(change.standing, paint),
    change.app,
    ago(change.receivedAt, now),
    change.author.name,
    change.subject,
  ]);
  const titles = ["COMMIT", "STATE", "APP", "PUSHED", "AUTHOR", "SUBJECT"];
  return renderTable(
    titles.map((title) => ({ title, isExtra: title === "AUTHOR" })),
    rows,
    paint,
  );
}

export function renderChange(change: ChangeResource, now: number, paint: Paint): string {
  const parts = [
    headOf(change, now, paint),
    containsOf(change, now, paint),
    stagesOf(change, now, paint),
    problemsOf(change, paint),
    change.rollout === undefined
      ? ""
      : renderRollout(change.rollout, { now, paint, had: hadBy(change) }),
    change.expectations.map(({ text }) => `its author expects: ${text}`).join("\n"),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

const sentences: Readonly<Record<Exclude<Standing, "rolled_back">, string>> = {
  delivering: "on its way",
  paused: "exposure stays as it is until a person has it go on",
  held: "waits for a person",
  live: "everybody has it",
  replaced: "everybody got it, and another change is live now",
  failed: "no user met it",
  superseded: "a newer change took its place",
  unchanged: "the same tree runs already",
};

/** What its clause is made of. */
export interface Told extends Pick<
  ChangeResource,
  "state" | "standing" | "liveNow" | "stages" | "takenBackBy" | "everybodyAt" | "finishedAt"
> {
  readonly rollout?:
    | (Pick<RolloutResource, "state" | "publishedAt"> & {
        readonly evidence: { readonly totals: { readonly candidateRequests: number } };
      })
    | undefined;
}

/** The change's state as a clause: "everybody has it". */
export function sentenceOf(told: Told): string {
  const { standing, stages, rollout, takenBackBy: by } = told;
  if (standing === "replaced" && told.liveNow !== undefined) {
    return `everybody got it; ${nameOfCode(told.liveNow)} is live now`;
  }
  if (standing !== "rolled_back") return sentences[standing];
  const isUnmet =
    rollout?.publishedAt === undefined && rollout?.evidence.totals.candidateRequests === 0;
  const because = stages.find(({ name }) => name === "rollout")?.summary;
  return takenAwayWords({ by, because, isMet: !isUnmet, had: hadBy(told) });
}

function headOf(change: ChangeResource, now: number, paint: Paint): string {
  const release = change.release === undefined ? [] : [`v${change.release.number}`];
  const diff = change.diffStat;
  const size =
    diff === undefined
      ? []
      : [`${diff.files} file${diff.files === 1 ? "" : "s"} +${diff.added} -${diff.removed}`];
  // The commit names its author; who pushed it has signed in, and may be somebody else.
  const { pushedBy } = change;
  const isOther = pushedBy !== "admin" && pushedBy !== change.author.name;
  const pushed = `pushed ${ago(change.receivedAt, now)}${isOther ? ` by ${pushedBy}` : ""}`;
  const said = gatheringOf(change, now) ?? replacedOf(change) ?? sentenceOf(change);
  const about = [change.author.name, pushed, ...size, ...release];
  return [
    `${paint.bold(short(change.commit))}  ${paint.bold(change.subject)}`,
    `${stateWord(change.standing, paint)}: ${said}`,
    paint.dim([...about, change.app, change.id].join(" · ")),
  ].join("\n");
}

/** What was taken back before it was pushed, and comes back with it. */
function containsOf({ contains = [] }: ChangeResource, now: number, paint: Paint): string {
  if (contains.length === 0) return "";
  const all = contains.map(
    (each) => `${paint.busy("mind")}: it contains ${containedWords(each, now)}`,
  );
  return [...all, paint.dim(`to leave that out: ${leaveOut(contains)}`)].join("\n");
}

/** That it is ready and waits for others. */
function gatheringOf({ gathering }: ChangeResource, now: number): string | undefined {
  if (gathering === undefined) return undefined;
  const left = formatDurationMs(Math.max(0, gathering.untilAt - now));
  return `ready; waits, ${left} at most, for changes of the apps it goes together with`;
}

/** By what its rollout was replaced, and how many had met it then. */
function replacedOf({ state, rollout, stages }: ChangeResource): string | undefined {
  if (state !== "superseded" || rollout === undefined) return undefined;
  return stages.find(({ name }) => name === "rollout")?.summary;
}

function stagesOf(change: ChangeResource, now: number, paint: Paint): string {
  const rows = change.stages.map((stage) => [
    stage.name,
    took(stage.startedAt, stage.finishedAt, now),
    stoppedOf(stage, change, paint) ?? stageWord(stage.state, paint),
    // What came of the rollout stands below, with all that it rests on; so does what stopped it.
    (stage.name === "rollout" && change.rollout !== undefined) || isToldBelow(stage)
      ? ""
      : (stage.summary ?? ""),
  ]);
  if (rows.length === 0) return "";
  const columns = [
    { title: "STAGE" },
    { title: "TIME", align: "right" },
    { title: "STATE" },
    { title: rows.some((row) => row[3] !== "") ? "RESULT" : "" },
  ] as const;
  return renderTable(columns, rows, paint);
}

function stoppedOf(stage: Stage, change: ChangeResource, paint: Paint): string | undefined {
  const isOver = change.state !== "delivering" && change.state !== "held";
  // What ended before it waits for nothing; its author is told all the same.
  const isUnreached = isOver && stage.state === "waiting" && stage.name !== "feedback";
  const word = isUnreached ? "not reached" : stoppedWord(stage, change.takenBackBy);
  if (word === undefined) return undefined;
  return stage.state === "failed" ? paint.bad(word) : paint.dim(word);
}

function isToldBelow({ summary, problem }: Stage): boolean {
  return summary !== undefined && summary === problem?.message;
}

/** What stopped it, unless the rollout's own verdict says it below. */
function problemsOf(change: ChangeResource, paint: Paint): string {
  const stopped = change.stages.filter(
    ({ name, problem }) => problem !== undefined && (name !== "rollout" || !change.rollout),
  );
  return stopped
    .map(({ name, problem }) => {
      const where = problem?.where === undefined ? "" : ` (${problem.where})`;
      const log = (problem?.log ?? []).map((line) => paint.dim(`  | ${line}`));
      const release = change.release === undefined ? "the release" : `v${change.release.number}`;
      const what = name === "rollout" ? `${release} did not start` : `${name} failed`;
      return [`${paint.bad(what)}: ${problem?.message ?? ""}${where}`, ...log].join("\n");
    })
    .join("\n");
}

function stageWord(state: Stage["state"], paint: Paint): string {
  if (state === "passed") return paint.good(state);
  if (state === "failed") return paint.bad(state);
  return state === "running" ? paint.busy(state) : paint.dim(state);
}

function stateWord(standing: Standing, paint: Paint): string {
  if (standing === "live") return paint.good(standing);
  if (standing === "failed" || standing === "rolled_back") return paint.bad(spoken(standing));
  const isUnderWay = standing === "delivering" || standing === "held" || standing === "paused";
  return isUnderWay ? paint.busy(standing) : standing;
}
