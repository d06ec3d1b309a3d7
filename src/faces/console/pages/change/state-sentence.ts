/** The change's state as one sentence, and what comes next as another. Pure. */
import { hadBy, quietSince, quietWords, takenAwayWords } from "#domain";
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

/** `at`: now, epoch ms. */
export function stateSentence(change: ChangeResource, at: number): StateSentence {
  const { rollout, state } = change;
  const failure = change.stages.find((stage) => stage.state === "failed")?.problem;
  switch (state) {
    case "delivering":
      return rollout === undefined ? beforeUsers(change) : rollingOut(rollout, at);
    case "held":
      return rollout === undefined
        ? { tone: "wait", percent: 0, now: "It waits for a person." }
        : rollingOut(rollout, at);
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

function rollingOut(rollout: RolloutResource, at: number): StateSentence {
  const share = percent(rollout.exposurePercent / 100);
  const { usersExposed, candidateRequests } = rollout.evidence.totals;
  const nobody = usersExposed + candidateRequests > 0 ? "Nobody has it now" : "Nobody has it yet";
  const who = rollout.exposurePercent === 0 ? nobody : `${share} of users have it`;
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
      return { ...base, tone, now: `${who}${stepOf(rollout)}.`, next: nextOf(rollout, at) };
  }
}

function stepOf({ steps, stepNumber }: RolloutResource): string {
  return steps.length < 2 || stepNumber === 0 ? "" : `, step ${stepNumber} of ${steps.length}`;
}

/** What comes if nothing is wrong, and when; or what it waits for. */
function nextOf(rollout: RolloutResource, at: number): string {
  const { steps, stepNumber, evidence, verdict, stepUntil } = rollout;
  const open = evidence.guardrails.filter((guardrail) => guardrail.verdict !== "safe");
  const leftMs = Math.max(0, (stepUntil?.endsAt ?? at) - at);
  if (leftMs === 0 && (open.length === 0 || stepUntil?.until === "time")) {
    return sentence(verdict.sentence === "" ? rollout.reason : verdict.sentence);
  }
  const goal = steps[stepNumber] ?? "everybody gets it";
  const guards = counted(open.length, "guardrail");
  const stays = open.length === 1 ? "stays" : "stay";
  const clean = open.length === 0 ? "" : `, if ${guards} ${stays} clean`;
  return `Next: ${goal}${clean}${whenOf(rollout, open, leftMs)}.`;
}

type Guardrails = RolloutResource["evidence"]["guardrails"];

/** Not before the step's own time is over, `leftMs` from now, and then when what it waits for is there. */
function whenOf(rollout: RolloutResource, open: Guardrails, leftMs: number): string {
  const until = rollout.stepUntil?.until ?? "safe";
  const left = formatRoughMs(leftMs);
  if (until === "approval") {
    return `, when somebody approves it${leftMs > 0 ? `, not before ${left} from now` : ""}`;
  }
  const forecasts = until === "time" ? [] : open.map(({ forecastMs }) => forecastMs);
  const known = forecasts.filter((forecast) => forecast !== undefined);
  if (known.length < forecasts.length) {
    const least = leftMs > 0 ? `, not before ${left} from now` : "";
    return `${least}; ${silenceOf(rollout) ?? "the traffic is too little to say when"}`;
  }
  const proofMs = Math.max(0, ...known);
  if (proofMs <= leftMs) return `, in about ${left}`;
  return `, in about ${formatRoughMs(proofMs)} at the present traffic`;
}

/** That nobody comes, or hardly anybody: then more is missing than time. */
function silenceOf(rollout: RolloutResource): string | undefined {
  const quiet = quietSince({ ...rollout, totals: rollout.evidence.totals });
  return quiet === undefined ? undefined : quietWords(rollout.app, quiet)[0];
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
