/** `tidegate plan`: how a directory would be built, tested and run, and why. Needs no instance. */
import { invalidInputInWords } from "#domain";
import type { PlanError } from "#delivery/build";
import type { PolicyRow } from "#delivery/rollout";
import path from "node:path";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { git } from "../git.ts";
import { count } from "../render/words.ts";
import type { Session } from "../session.ts";

export async function showPlan(session: Session, directory = "."): Promise<ExitCode> {
  // The same code that plans a push (decision 0084), loaded by this command alone.
  const { directoryTree, findToolchain, planTree, renderPlan } = await import("#delivery/build");
  const { defaultRolloutPolicy, policyRows } = await import("#delivery/rollout");
  const target = path.resolve(session.terminal.cwd, directory);
  const tree = await directoryTree(target);
  if (!tree.ok) {
    const { error } = tree;
    const message =
      error.code === "limit_reached"
        ? `${target}: ${error.limit} is ${error.allowed} ${error.unit}`
        : `${target}: expected ${error.expected}`;
    throw new CommandFailed(message, { exitCode: exitCodes.usage, next: "tidegate plan DIR" });
  }
  const plan = await planTree(tree.value, await findToolchain(), defaultRolloutPolicy);
  if (!plan.ok) throw failureOf(plan.error);
  const { ruleFault } = await import("#delivery/assure");
  refuseFaultyRules(plan.value.gate, ruleFault);
  session.show(plan.value, (value) => {
    const rollout = rolloutLines(policyRows(value.rollout, defaultRolloutPolicy));
    return [...renderPlan(value), "", ...rollout].join("\n");
  });
  await narrateUncommitted(session, target);
  return exitCodes.done;
}

/** A plan is of the files as they are here, and a push has what is committed. */
async function narrateUncommitted({ terminal }: Session, directory: string): Promise<void> {
  const argv = ["status", "--porcelain", "--untracked-files=all", "--", "."];
  const { isDone, text, isCut } = await git(directory, argv);
  const files = text.split("\n").filter((line) => line !== "");
  if (!(isDone || isCut) || files.length === 0) return;
  const many = `${isCut ? "at least " : ""}${count(files.length)} files here are`;
  const are = files.length === 1 ? "1 file here is" : many;
  terminal.narrate(
    `${are} not committed: the plan is of what is here, a push of what is committed`,
  );
  terminal.narrate("next: git commit what is to be delivered");
}

/** A push would be built and tested before the gate could say so. */
function refuseFaultyRules(
  rules: Readonly<Record<string, string>>,
  faultOf: (rule: string) => string | undefined,
): void {
  const faults = Object.entries(rules).flatMap(([name, rule]) => {
    const fault = faultOf(rule);
    return fault === undefined ? [] : [`tidegate.yaml: gate.${name}: ${fault}`];
  });
  if (faults.length === 0) return;
  const next = "edit tidegate.yaml; what rules may say is in /docs/how-to/write-gate-rules";
  throw new CommandFailed(faults.join("\n"), { exitCode: exitCodes.failed, next });
}

/** Who would get it and by what it would be judged; what the manifest does not say is marked. */
function rolloutLines(rows: readonly PolicyRow[]): readonly string[] {
  const width = Math.max(8, ...rows.map(({ name }) => name.length));
  return [
    "rollout (* as usual: tidegate.yaml says nothing else)",
    ...rows.map(
      ({ name, text, isDefault }) => `  ${name.padEnd(width)} ${isDefault ? "*" : " "} ${text}`,
    ),
  ];
}

function failureOf(error: PlanError): CommandFailed {
  const exitCode = exitCodes.failed;
  if (error.code === "invalid_input") {
    const line = error.line === undefined ? "" : `:${error.line}`;
    const where = error.file === undefined ? "" : `${error.file}${line}: `;
    const next = error.file === undefined ? "put it right" : `edit ${error.file}`;
    return new CommandFailed(`${where}${invalidInputInWords(error)}`, { exitCode, next });
  }
  if (error.code === "no_app_found") {
    const looked = `nothing says how to run this; looked for ${error.lookedFor.join(", ")}`;
    return new CommandFailed(looked, { exitCode, next: error.next });
  }
  const missing = `${error.tool} is not installed; needed because ${error.because}`;
  return new CommandFailed(missing, { exitCode, next: error.next });
}
