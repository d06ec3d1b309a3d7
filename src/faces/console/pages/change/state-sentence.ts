/** The change's state as one sentence, and what comes next as another. Pure. */
import { hadBy, takenAwayWords } from "#domain";
import { formatRoughMs } from "#std";
import type { ChangeResource, RolloutResource } from "#faces/api/contract";
import type { Tone } from "../../ui/state.ts";
import { count, counted, percent, short, spoken } from "../../ui/words.ts";

export interface StateSentence {
  readonly tone: Tone;
  /** Exposure to show, 0..100. */
  readonly percent: number;
  readonly now: string;
  readonly next?: string;
}

export function stateSentence(change: ChangeResource): StateSentence {
  const { rollout, state } = change;
  const failure = change.stages.find((stage) => stage.state === "failed")?.problem;
  switch (state) {
    case "delivering":
      return rollout === undefined ? beforeUsers(change) : rollingOut(rollout);
    case "held":
      return rollout === undefined
        ? { tone: "wait", percent: 0, now: "It waits for a person." }
        : rollingOut(rollout);
    case "live":
      if (change.standing === "replaced") return replaced(change);
      return { tone: "good", percent: 100, now: "Everybody has it.", next: comparedBy(rollout) };
    case "rolled_back":
      return takenAway(change);
    case "failed":
      return {
        tone: "bad",
        percent: 0,
        now: "It was not delivered; no user met it.",
        ...(failure === undefined ? {} : { next: sentence(failure.message) }),
      };
    case "superseded":
      return {
        tone: "quiet",
        percent: 0,
        now: `A newer change took its place${afterWhom(rollout)}.`,
      };
    default:
      return {
        tone: "quiet",
        percent: 0,
        now: "The same tree runs already: nothing had to be done.",
      };
  }
}

/** What came after it contains it, as a rule; what is certain is that it had its time. */
function replaced({ liveNow, rollout }: ChangeResource): StateSentence {
  const now = liveNow === undefined ? "another change" : codeWords(liveNow);
  return {
    tone: "quiet",
    percent: 100,
    now: `Everybody got it; ${now} is live now.`,
    next: comparedBy(rollout),
  };
}

function codeWords({ number, commit, subject }: NonNullable<ChangeResource["liveNow"]>): string {
  return commit === undefined ? `v${number}` : `v${number} (${short(commit)} “${subject ?? ""}”)`;
}

/** A person's word is no fault: who and why, and what the evidence was; harm says what it did. */
function takenAway(change: ChangeResource): StateSentence {
  const { rollout, stages, takenBackBy: by } = change;
  if (by === undefined) {
    const now = `${metBy(rollout)} It was taken away.`;
    return { tone: "bad", percent: 0, now, ...reasonOf(rollout) };
  }
  const because = stages.find(({ name }) => name === "rollout")?.summary;
  const isMet = (rollout?.evidence.totals.candidateRequests ?? 0) > 0;
  return {
    tone: "quiet",
    percent: 0,
    now: sentence(takenAwayWords({ by, because, isMet, had: hadBy(change) })),
    next: by.wasLive ? comparedBy(rollout) : metBy(rollout),
  };
}

const doing: Readonly<Record<ChangeResource["stages"][number]["name"], string>> = {
  source: "It is being received.",
  build: "It is being built.",
  test: "Its tests run.",
  assure: "The gate looks at it.",
  rollout: "It is being started beside what runs.",
  feedback: "Its outcome is being told.",
};

function beforeUsers({ stages }: ChangeResource): StateSentence {
  const running = stages.find(({ state }) => state === "running");
  return {
    tone: "busy",
    percent: 0,
    now: running === undefined ? "It waits for its turn." : doing[running.name],
    next: "Nobody has it yet.",
  };
}

function rollingOut(rollout: RolloutResource): StateSentence {
  const share = percent(rollout.exposurePercent / 100);
  const who = rollout.exposurePercent === 0 ? "Nobody has it yet" : `${share} of users have it`;
  const tone = rollout.verdict.kind === "harmful" ? "bad" : "busy";
  const base = { percent: rollout.exposurePercent };
  switch (rollout.state) {
    case "paused":
    case "held":
      return {
        ...base,
        tone: "wait",
        now: `${who}; ${rollout.state}.`,
        next: sentence(rollout.reason),
      };
    case "baking":
      return {
        ...base,
        tone: "good",
        now: "Everybody has it; the way back is kept open.",
        next: sentence(rollout.verdict.sentence),
      };
    default:
      return { ...base, tone, now: `${who}${stepOf(rollout)}.`, next: nextOf(rollout) };
  }
}

function stepOf({ steps, stepNumber }: RolloutResource): string {
  return steps.length < 2 || stepNumber === 0 ? "" : `, step ${stepNumber} of ${steps.length}`;
}

/** What comes if nothing is wrong, and when; or what it waits for. */
function nextOf(rollout: RolloutResource): string {
  const { steps, stepNumber, evidence, verdict } = rollout;
  const open = evidence.guardrails.filter((guardrail) => guardrail.verdict !== "safe");
  if (open.length === 0)
    return sentence(verdict.sentence === "" ? rollout.reason : verdict.sentence);
  const goal = steps[stepNumber] ?? "everybody gets it";
  const forecasts = open.map(({ forecastMs }) => forecastMs);
  const known = forecasts.filter((forecast) => forecast !== undefined);
  const when =
    known.length === forecasts.length
      ? `, in about ${formatRoughMs(Math.max(...known))} at the present traffic`
      : "; the traffic is too little to say when";
  const guards = counted(open.length, "guardrail");
  const stays = open.length === 1 ? "stays" : "stay";
  return `Next: ${goal}, if ${guards} ${stays} clean${when}.`;
}

/** What it took to be let in. */
function comparedBy(rollout: RolloutResource | undefined): string {
  if (rollout?.baseline === undefined)
    return "It is the first release: there was nothing to compare it with.";
  const { totals, guardrails } = rollout.evidence;
  if (totals.candidateRequests === 0) return "Everybody got it before anybody had met it.";
  const harmless = guardrails.every(({ verdict }) => verdict === "safe");
  if (!harmless) return sentence(rollout.reason);
  const met =
    totals.usersExposed > 0
      ? `${counted(totals.usersExposed, "user")} met it first, ${count(totals.usersHarmed)} of them had a failed request`
      : `${counted(totals.candidateRequests, "request")} met it first, ${count(totals.candidateErrors)} of them failed`;
  return `${met}; ${counted(guardrails.length, "guardrail")} found it safe.`;
}

function metBy(rollout: RolloutResource | undefined): string {
  const totals = rollout?.evidence.totals;
  if (totals === undefined) return "It met users.";
  if (totals.usersExposed === 0) return `${counted(totals.candidateRequests, "request")} met it.`;
  const harmed = counted(totals.usersHarmed, "user");
  return `${counted(totals.usersExposed, "user")} met it, ${harmed} had a failed request.`;
}

/** Who had met it when it was replaced. */
function afterWhom(rollout: RolloutResource | undefined): string {
  const totals = rollout?.evidence.totals;
  if (totals === undefined || totals.candidateRequests === 0) return "";
  const met =
    totals.usersExposed > 0
      ? counted(totals.usersExposed, "user")
      : counted(totals.candidateRequests, "request");
  return ` after ${met} had met it`;
}

function reasonOf(rollout: RolloutResource | undefined): { readonly next?: string } {
  const reason = rollout?.reason ?? "";
  return reason === "" ? {} : { next: sentence(reason) };
}

/** A reason as a sentence: capital and full stop. */
export function sentence(text: string): string {
  const spokenText = spoken(text).trim();
  if (spokenText === "") return "";
  const first = spokenText.charAt(0).toUpperCase();
  const end = /[.?:]$/.test(spokenText) ? "" : ".";
  return `${first}${spokenText.slice(1)}${end}`;
}
