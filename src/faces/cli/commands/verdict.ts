/** `tidegate verdict replay`: what the verdict was after each interval of recorded counts. Needs no instance. */
import type { RolloutPolicy } from "#domain";
import type { Replay, ReplayStep } from "#delivery/rollout";
import path from "node:path";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { inputFailed, unreadable } from "../input-failed.ts";
import { linesOf } from "../lines.ts";
import { renderLastStep, renderStep } from "../render/replay.ts";
import type { Session } from "../session.ts";
import { smallFile } from "../small-file.ts";

export interface ReplayOptions {
  /** A manifest with a `rollout` section. */
  readonly policy?: string;
}

export async function replayVerdict(
  session: Session,
  options: ReplayOptions,
  file = "",
): Promise<ExitCode> {
  const { terminal, isJson } = session;
  let shown: ReplayStep | undefined;
  let last: ReplayStep | undefined;
  for await (const step of stepsOf(session, options, file)) {
    if (isJson) terminal.result(JSON.stringify(step));
    else if (shown?.verdict.kind !== step.verdict.kind) {
      terminal.result(renderStep(step, terminal.paint));
      shown = step;
    }
    last = step;
  }
  if (last === undefined) {
    throw inputFailed(
      { code: "invalid_input", field: "the file", found: "empty", expected: "lines of counts" },
      file,
    );
  }
  if (!isJson) terminal.result(`\n${renderLastStep(last, terminal.paint)}`);
  return exitCodes.done;
}

/** Throws as soon as something in the file makes no sense. */
async function* stepsOf(
  session: Session,
  options: ReplayOptions,
  file: string,
): AsyncGenerator<ReplayStep> {
  const target = path.resolve(session.terminal.cwd, file);
  let replay: Replay | undefined;
  for await (const line of readable(target, file)) {
    if (replay === undefined) {
      const begun = await begin(session, { options, file, line });
      replay = begun.replay;
      if (begun.isHeader) continue;
    }
    yield* checked(replay.take(line), file);
  }
  if (replay !== undefined) yield* checked(replay.end(), file);
}

async function* readable(target: string, file: string): AsyncGenerator<string> {
  try {
    yield* linesOf(target);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function checked(taken: ReturnType<Replay["take"]>, file: string): readonly ReplayStep[] {
  if (taken.ok) return taken.value;
  throw inputFailed(taken.error, file);
}

/** Chooses the policy: the one that was asked for, else the one recorded in the first line, else the default. */
async function begin(
  session: Session,
  at: { readonly options: ReplayOptions; readonly file: string; readonly line: string },
): Promise<{ readonly replay: Replay; readonly isHeader: boolean }> {
  const { defaultRolloutPolicy, openReplay } = await import("#delivery/rollout");
  const recorded = await recordedPolicy(at.line, at.file);
  const isHeader = recorded !== undefined;
  const asked =
    at.options.policy === undefined ? undefined : await policyOf(session, at.options.policy);
  const policy = asked ?? recorded ?? defaultRolloutPolicy;
  return { replay: openReplay(policy, isHeader ? 1 : 0), isHeader };
}

/** The policy of a first line that is a header; what a header says must make sense. */
async function recordedPolicy(line: string, file: string): Promise<RolloutPolicy | undefined> {
  const value = jsonOf(line);
  if (typeof value !== "object" || value === null || !("policy" in value)) return undefined;
  const { countsHeader } = await import("#faces/api/contract");
  const { policyProblem } = await import("#delivery/rollout");
  const read = countsHeader.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const field = issue?.path.join(".") ?? "policy";
    const expected = `a recorded policy: ${issue?.message ?? "unknown"}`;
    throw inputFailed({ code: "invalid_input", field, expected, line: 1 }, file);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract agrees with the domain
  const policy = read.data.policy as RolloutPolicy;
  const problem = policyProblem(policy);
  if (problem !== undefined) throw inputFailed({ ...problem, line: 1 }, file);
  return policy;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The policy that a manifest sets. */
async function policyOf(session: Session, file: string): Promise<RolloutPolicy> {
  const { parseManifest } = await import("#delivery/build");
  const { defaultRolloutPolicy } = await import("#delivery/rollout");
  const source = await smallFile(session.terminal, file);
  const manifest = parseManifest(source, file, defaultRolloutPolicy);
  if (!manifest.ok) throw inputFailed(manifest.error, file);
  return { ...defaultRolloutPolicy, ...manifest.value.rollout };
}
