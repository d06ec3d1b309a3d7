/** A rollout as text: how far, how it fares, and what that rests on. */
import {
  type Had,
  hadWords,
  isOfMemory,
  latencyThresholds,
  quietSince,
  quietWords,
  reasonBeside,
  reasonNow,
  whyNoneSeen,
  whyTheseTimes,
  withoutForecast,
  youngHint,
} from "#domain";
import { formatDurationMs } from "#std";
import type { GuardrailResource, RolloutResource } from "#faces/api/contract";
import type { Paint } from "./paint.ts";
import { renderPairs, renderTable } from "./table.ts";
import { ago, bytes, count, counted, percent, spoken, took } from "./words.ts";

interface Around {
  readonly now: number;
  readonly paint: Paint;
  /** Of one whose change everybody had and has no more. */
  readonly had?: Had | undefined;
}

export function renderRollout(rollout: RolloutResource, { now, paint, had }: Around): string {
  const { totals } = rollout.evidence;
  const failed = `${count(totals.candidateErrors)} of ${counted(totals.candidateRequests, "request")}`;
  const pairs = renderPairs(
    [
      ["config", configOf(rollout)],
      ["step", stepOf(rollout)],
      ["exposure", exposureOf(rollout, had)],
      ["harmed", harmedOf(rollout)],
      ["failed", totals.candidateRequests === 0 ? undefined : failed],
      ["verdict", verdictOf(saidOf(rollout), paint)],
      ["together", togetherOf(rollout, paint)],
      ["lasted", took(rollout.startedAt, rollout.finishedAt, now)],
      ["id", rollout.id],
    ],
    paint,
  );
  const own = reasonBeside(reasonNow(rollout), rollout.verdict.sentence);
  const reason = rollout.finishedAt === undefined ? own : withoutForecast(own);
  const since = had === undefined || rollout.state !== "promoted" ? "" : ", taken back since";
  const head = `rollout ${stateWord(rollout.state, paint)}${since}${reason === "" ? "" : `: ${reason}`}`;
  const table = renderGuardrails(rollout, paint);
  const missing = [renderQuiet(rollout), renderUnmeasured(rollout)].filter(Boolean).join("\n\n");
  const example = renderExample(rollout, now, paint);
  const hint = hintOf(rollout) ?? "";
  return [`${head}\n${pairs}`, table, missing, example, hint]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Of one that no push began. */
function configOf({ configVersion }: RolloutResource): string | undefined {
  return configVersion === undefined ? undefined : `version ${configVersion}, with the same code`;
}

/** What came after its end is not its own, but that users have it no more is said where it is known. */
function exposureOf(
  { exposurePercent, finishedAt, evidence: { totals } }: RolloutResource,
  had: Had | undefined,
): string {
  const unit = totals.usersExposed === 0 && totals.candidateRequests > 0 ? "requests" : "users";
  if (had !== undefined) return `0 % of ${unit} now; ${hadWords(had)}`;
  const when = finishedAt !== undefined && exposurePercent > 0 ? "when it ended" : "now";
  return `${percent(exposurePercent / 100)} of ${unit} ${when}`;
}

/** Users are those who can be told apart; a request without the edge's cookie could be anybody's. */
function harmedOf({ state, evidence: { totals } }: RolloutResource): string {
  const { usersHarmed, usersExposed, candidateRequests, requestsByRule = 0 } = totals;
  const isLetIn = state === "promoted";
  // The verdict below is on those whom chance chose.
  const isRuled = candidateRequests > 0 && requestsByRule === candidateRequests;
  const how = isRuled ? ", all by rule or preview: they are not compared" : "";
  const when = isLetIn ? " while it was judged" : "";
  if (usersExposed > 0)
    return `${count(usersHarmed)} of ${counted(usersExposed, "user")} who met it${when}${how}`;
  if (candidateRequests > 0) return "not counted: no request had a user's cookie";
  return isLetIn ? "not counted: everybody got it before anybody had met it" : "nobody has met it";
}

/** `2 of 4: 10 % of users for 5 min`; a policy of one step has nothing to count. */
function stepOf({ steps, stepNumber, policy }: RolloutResource): string | undefined {
  if (steps.length < 2) return policy.strategy === "adaptive" ? undefined : steps[0];
  const title = steps[stepNumber - 1];
  return title === undefined
    ? `none of ${steps.length} yet; first: ${steps[0] ?? ""}`
    : `${stepNumber} of ${steps.length}: ${title}`;
}

/** Of a joint rollout: with whom, and what is said of all of them. */
function togetherOf({ app, together }: RolloutResource, paint: Paint): string | undefined {
  if (together === undefined) return undefined;
  const others = together.members.filter((member) => member.app !== app).map((each) => each.app);
  const { hidden, verdict } = together;
  const unseen = hidden === 0 ? [] : [`${counted(hidden, "app")} that you may not see`];
  const whose = verdict.app === undefined || verdict.app === app ? "" : `${verdict.app}: `;
  return `with ${[...others, ...unseen].join(", ")}; of all: ${whose}${verdictOf(verdict, paint)}`;
}

function renderGuardrails(rollout: RolloutResource, paint: Paint): string {
  const { finishedAt } = rollout;
  const { guardrails } = rollout.evidence;
  if (guardrails.length === 0) return "";
  const rows = guardrails.map((guardrail) => [
    nameOf(guardrail),
    verdictWord(guardrail.verdict, paint),
    ...(guardrail.name === "crashes"
      ? ["not compared", exitsOf(guardrail.candidate)]
      : [shareOf(guardrail.baseline, guardrail), shareOf(guardrail.candidate, guardrail)]),
    isOfMemory(guardrail) ? "memory" : guardrail.unit,
    toleratedOf(guardrail),
    // What is over learns nothing more.
    guardrail.forecastMs === undefined || finishedAt !== undefined
      ? ""
      : formatDurationMs(guardrail.forecastMs),
  ]);
  const columns = [
    { title: "GUARDRAIL" },
    { title: "VERDICT" },
    { title: "BASELINE", align: "right" },
    { title: "CANDIDATE", align: "right" },
    { title: "OF", isExtra: true },
    { title: "TOLERATED", isExtra: true },
    { title: rows.some((row) => row.at(-1) !== "") ? "KNOWN IN" : "" },
  ] as const;
  const table = renderTable(columns, rows, paint);
  const times = guardrails.flatMap((guardrail) => timesOf(guardrail) ?? []);
  return [table, ...[...times, ...noneSeen(rollout)].map((line) => paint.dim(line))].join("\n");
}

/** Why there is nothing to show, once for all guardrails for which it is the same. */
function noneSeen({
  evidence,
  policy,
  finishedAt,
  ...rollout
}: RolloutResource): readonly string[] {
  const { guardrails, totals } = evidence;
  // Where nobody visits, that is said at length below.
  if (finishedAt === undefined && quietSince({ ...rollout, policy, totals }) !== undefined)
    return [];
  const around = { totals, policy, isOver: finishedAt !== undefined };
  const whys = new Map<string, string[]>();
  for (const guardrail of guardrails) {
    const why = whyNoneSeen(guardrail, around);
    if (why !== undefined) whys.set(why, [...(whys.get(why) ?? []), guardrail.name]);
  }
  return [...whys].map(
    ([why, names]) => `${names.join(", ")}: nothing seen of the candidate, as ${why}`,
  );
}

/** Which times the row of latency is about. */
function timesOf(guardrail: GuardrailResource): string | undefined {
  const times = latencyThresholds(guardrail);
  if (times === undefined || guardrail.candidate.sample === 0) return undefined;
  const { candidateMs, baselineMs } = times;
  const compared = `${formatDurationMs(candidateMs)}, for the baseline than ${formatDurationMs(baselineMs)}`;
  return `${guardrail.name}: requests longer than ${compared}; ${whyTheseTimes(guardrail) ?? ""}`;
}

function hintOf({ state, verdict, policy, ...at }: RolloutResource): string | undefined {
  if (state !== "rolled_back" || at.firstExposedAt === undefined) return undefined;
  const exposedMs = (at.finishedAt ?? at.firstExposedAt) - at.firstExposedAt;
  return youngHint({ guardrail: verdict.guardrail, exposedMs, baseline: policy.baseline });
}

function renderQuiet({ app, policy, evidence: { totals }, ...rollout }: RolloutResource): string {
  const quiet = quietSince({ ...rollout, policy, totals });
  return quiet === undefined ? "" : quietWords(app, quiet).join("\n");
}

/** What is not measured now, where it was looked for, and what to do. */
function renderUnmeasured({ unmeasured = [], finishedAt }: RolloutResource): string {
  if (finishedAt !== undefined) return "";
  return unmeasured
    .filter(({ isOver }) => isOver !== true)
    .map(({ guardrail, metric, because, where, next }) =>
      [
        `${guardrail} is not measured: ${because}`,
        `  looked for ${metric} in ${where}`,
        `  next: ${next}`,
      ].join("\n"),
    )
    .join("\n");
}

function renderExample({ evidence }: RolloutResource, now: number, paint: Paint): string {
  const example = evidence.failureExample;
  if (example === undefined) return "";
  const { request, log } = example;
  const answer = request.status === undefined ? (request.failure ?? "no answer") : request.status;
  const when = `after ${formatDurationMs(request.durationMs)}, ${ago(request.at, now)}`;
  const head = `a failed request: ${request.method} ${request.path} -> ${answer} ${when} (${request.requestId})`;
  return [head, ...log.map((line) => paint.dim(`  | ${line}`))].join("\n");
}

function nameOf(guardrail: GuardrailResource): string {
  if (guardrail.thresholdMs === undefined) return guardrail.name;
  return `${guardrail.name} > ${formatDurationMs(guardrail.thresholdMs)}`;
}

function shareOf(
  seen: { readonly events: number; readonly sample: number },
  guardrail: Pick<GuardrailResource, "name" | "unit">,
): string {
  if (seen.sample === 0) return "none seen";
  const words = isOfMemory(guardrail) ? bytes : count;
  return `${words(seen.events)} of ${words(seen.sample)} (${percent(seen.events / seen.sample)})`;
}

function exitsOf({ events }: GuardrailResource["candidate"]): string {
  return events === 0 ? "no exit" : counted(events, "exit");
}

function toleratedOf({ tolerance }: GuardrailResource): string {
  const points = Number(((tolerance.absolute ?? 0) * 100).toFixed(2));
  return points === 0
    ? `${tolerance.ratio}x`
    : `${tolerance.ratio}x or +${points} point${points === 1 ? "" : "s"}`;
}

/** As the engine said it; of a rollout that has ended without what it still expected. */
function saidOf({ verdict, finishedAt }: RolloutResource): RolloutResource["verdict"] {
  if (finishedAt === undefined) return verdict;
  return { ...verdict, sentence: withoutForecast(verdict.sentence) };
}

/** The word and the sentence; where the sentence begins with the word, it is said once. */
function verdictOf({ kind, sentence }: RolloutResource["verdict"], paint: Paint): string {
  const word = verdictWord(kind, paint);
  return sentence.startsWith(spoken(kind))
    ? `${word}${sentence.slice(spoken(kind).length)}`
    : `${word}: ${sentence}`;
}

function verdictWord(kind: RolloutResource["verdict"]["kind"], paint: Paint): string {
  if (kind === "harmful") return paint.bad("harmful");
  return kind === "safe" ? paint.good("safe") : paint.busy(spoken(kind));
}

function stateWord(state: RolloutResource["state"], paint: Paint): string {
  if (state === "promoted") return paint.good("promoted");
  return state === "rolled_back" ? paint.bad("rolled back") : paint.busy(spoken(state));
}
