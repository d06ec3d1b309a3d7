/** `tidegate simulate`: how the production verdict fares in a synthetic world. Needs no instance. */
import type { RunOutcome, Scenario } from "#delivery/rollout";
import { setImmediate } from "node:timers/promises";
import { formatDurationMs } from "#std";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { inputFailed } from "../input-failed.ts";
import { progressIntervalMs } from "../limits.ts";
import { renderSimulation } from "../render/simulation.ts";
import { count } from "../render/words.ts";
import type { Session } from "../session.ts";
import { smallFile } from "../small-file.ts";
import type { Terminal } from "../terminal.ts";

export interface SimulateOptions {
  readonly runs?: string;
  readonly seed?: string;
}

const runsMax = 1_000_000;
const seedMax = 2 ** 31;

export async function simulateScenario(
  session: Session,
  options: SimulateOptions,
  file = "",
): Promise<ExitCode> {
  const { terminal } = session;
  const { reportOf } = await import("#delivery/rollout");
  const scenario = await readScenario(terminal, file);
  const runs = wholeOf("--runs", options.runs, { least: 1, most: runsMax }) ?? scenario.runs;
  const seed = wholeOf("--seed", options.seed, { least: 0, most: seedMax }) ?? scenario.seed;
  const outcomes = await runAll(scenario, { runs, seed, terminal });
  const report = reportOf(scenario, seed, outcomes);
  session.show(report, (value) => renderSimulation(value, terminal));
  const broken = report.claims.filter(({ isMet }) => !isMet);
  if (broken.length === 0) return exitCodes.done;
  terminal.narrate(
    `${terminal.paintNarration.bad("tidegate:")} not met: ${broken.map(({ claim }) => claim).join(", ")}`,
  );
  return exitCodes.failed;
}

async function readScenario(terminal: Terminal, file: string): Promise<Scenario> {
  const { rolloutSection } = await import("#delivery/build");
  const { defaultRolloutPolicy, parseScenario } = await import("#delivery/rollout");
  const source = await smallFile(terminal, file);
  const scenario = parseScenario(source, file, rolloutSection(defaultRolloutPolicy));
  if (!scenario.ok) throw inputFailed(scenario.error, file);
  return scenario.value;
}

async function runAll(
  scenario: Scenario,
  at: { readonly runs: number; readonly seed: number; readonly terminal: Terminal },
): Promise<readonly RunOutcome[]> {
  const { simulate } = await import("#delivery/rollout");
  const { runs, seed, terminal } = at;
  const startedAt = terminal.now();
  let toldAt = startedAt;
  const outcomes: RunOutcome[] = [];
  for (let run = 0; run < runs; run += 1) {
    outcomes.push(simulate(scenario.world, scenario.policy, seed + run));
    const now = terminal.now();
    if (now - toldAt < progressIntervalMs) continue;
    toldAt = now;
    const leftMs = ((now - startedAt) / outcomes.length) * (runs - outcomes.length);
    terminal.narrate(
      `${count(outcomes.length)} of ${count(runs)} runs, about ${formatDurationMs(leftMs)} left`,
    );
    // So that Ctrl-C and a closed pipe are noticed between runs.
    await setImmediate();
  }
  return outcomes;
}

function wholeOf(
  option: string,
  written: string | undefined,
  range: { readonly least: number; readonly most: number },
): number | undefined {
  if (written === undefined) return undefined;
  const value = /^\d{1,10}$/.test(written) ? Number(written) : Number.NaN;
  if (value >= range.least && value <= range.most) return value;
  const expected = `a whole number from ${range.least} to ${range.most}`;
  throw new CommandFailed(`${option} is ${written}; expected ${expected}`, {
    exitCode: exitCodes.usage,
    next: "tidegate simulate --help",
  });
}
