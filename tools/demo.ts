/**
 * The whole story once, for real: Tidegate, an app, its users, and three changes to it, in seven steps.
 *
 *   npm run demo              tells it in the terminal
 *   npm run demo -- --json    one JSON document on stdout instead
 *   npm run demo -- --keep    leaves everything running afterwards
 *
 * Uses the front doors only: `bin/tidegate`, `git` and HTTP. Every step checks that what it tells has
 * happened; one that did not ends the story with what was expected, what was seen, and exit code 1.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { narratorOf, seconds, silentNarrator } from "./demo/narrator.ts";
import type { Measured } from "./demo/change-answer.ts";
import { openStage, type Stage } from "./demo/stage.ts";
import { StepFailed } from "./demo/step-failed.ts";
import { type Scene, type Step, steps } from "./demo/steps.ts";

const usage = `Usage: npm run demo -- [--json] [--keep]

Tells the whole story once, for real: Tidegate, an app, its users, and three changes to it.

  --json  one JSON document on stdout instead
  --keep  leaves everything running afterwards
  --help  say how it is used`;

const asked = askedIn(process.argv.slice(2));
if (typeof asked === "number") process.exit(asked);
const values = asked;

/** Of what was seen instead, in the terminal; the JSON document has all of it. */
const seenCharactersMax = 1200;

interface Outcome extends Partial<Measured> {
  readonly name: string;
  readonly ok: boolean;
  readonly elapsedMs: number;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly problem?: { readonly expected: string; readonly seen: string };
}

const startedAt = performance.now();
const narrator = values.json ? silentNarrator : narratorOf(process.stdout, startedAt);
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => stopping.abort(new StepFailed("the story to be told", signal)));
}

const say = (text: string): void => narrator.plain(text);

process.exitCode = await tell();

interface Asked {
  readonly json: boolean;
  readonly keep: boolean;
}

/** What was asked for, or the exit code when there is no story to tell: it is said why. */
function askedIn(args: string[]): Asked | number {
  const no = { type: "boolean", default: false } as const;
  try {
    const options = { json: no, keep: no, help: { ...no, short: "h" } };
    const { values: given } = parseArgs({ args, options });
    if (!given.help) return given;
    console.log(usage);
    return 0;
  } catch (error) {
    const [what] = (error instanceof Error ? error.message : String(error)).split(/\.( |$)/);
    console.error(`demo: ${what}\nnext: npm run demo -- --help`);
    return 2;
  }
}

async function tell(): Promise<number> {
  const stage = await openStage(narrator, stopping.signal);
  say("Tidegate: from git push to proven in front of users, in seven steps.");
  narrator.plain(
    `Everything happens in ${stage.directory}${values.keep ? "" : ", which is removed at the end"}.`,
  );
  const outcomes: Outcome[] = [];
  const scene: Scene = { stage, narrator, url: "" };
  for (const step of steps) {
    const outcome = await play(step, scene, outcomes.length + 1);
    outcomes.push(outcome);
    if (!outcome.ok) break;
  }
  const isWhole = outcomes.length === steps.length && outcomes.every(({ ok }) => ok);
  const isKept = values.keep && !stopping.signal.aborted;
  const closing = isKept ? await keep(stage) : await close(stage);
  const elapsedMs = Math.round(performance.now() - startedAt);
  const isDone = isWhole && closing === undefined;
  if (values.json) {
    const kept = isKept
      ? { directory: stage.directory, dataDir: stage.dataDir, url: scene.url }
      : undefined;
    const document = { ok: isDone, elapsedMs, steps: outcomes, kept, problem: closing };
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  } else conclude(stage, { isDone, isKept, url: scene.url, elapsedMs, closing });
  return isDone ? 0 : 1;
}

async function play(step: Step, scene: Scene, number: number): Promise<Outcome> {
  const begunAt = performance.now();
  narrator.heading(number, step.title);
  narrator.prose(step.prose);
  const elapsedMs = (): number => Math.round(performance.now() - begunAt);
  try {
    const { summary, facts, measured } = await step.act(scene);
    narrator.done(summary, elapsedMs());
    const all = { ...facts, ...measured };
    return { name: step.name, ok: true, elapsedMs: elapsedMs(), ...measured, facts: all };
  } catch (error) {
    const problem = problemOf(error);
    if (stopping.signal.aborted) narrator.failed(`stopped by ${problem.seen}`, elapsedMs());
    else {
      narrator.failed(`did not happen as told. Expected ${problem.expected}.`, elapsedMs());
      narrator.prose(`Seen: ${problem.seen.slice(0, seenCharactersMax)}`);
    }
    return { name: step.name, ok: false, elapsedMs: elapsedMs(), facts: {}, problem };
  }
}

interface Problem {
  readonly expected: string;
  readonly seen: string;
}

function problemOf(error: unknown): Problem {
  if (error instanceof StepFailed) return { expected: error.expected, seen: error.seen };
  const seen = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { expected: "no surprise", seen };
}

async function close(stage: Stage): Promise<Problem | undefined> {
  try {
    await stage.close();
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

async function keep(stage: Stage): Promise<undefined> {
  await stage.stopTraffic();
}

interface Ending {
  readonly isDone: boolean;
  readonly isKept: boolean;
  readonly url: string;
  readonly elapsedMs: number;
  readonly closing: Problem | undefined;
}

function conclude(stage: Stage, { isDone, isKept, url, elapsedMs, closing }: Ending): void {
  say("");
  if (closing !== undefined) say(`Cleaning up: expected ${closing.expected}; saw ${closing.seen}`);
  const took = seconds(elapsedMs);
  say(isDone ? `That was it, in ${took}.` : `The story ended early, after ${took}.`);
  if (isKept) {
    howToLookAround(stage, url);
    return;
  }
  say("Nothing is left running, and nothing was left behind.");
  say("");
  if (isDone) {
    say("Next:  README.md                your own app, from the first push on");
    say("       ARCHITECTURE.md          how it works, and which test keeps which promise");
    say("       npm run demo -- --keep   the same story, left running for you to look around");
  } else say("Next:  npm run demo -- --keep   leaves everything as it is at that moment");
}

function howToLookAround({ clone, dataDir, directory }: Stage, url: string): void {
  const programs = join(import.meta.dirname, "../bin");
  const traffic = join(import.meta.dirname, "traffic.ts");
  say("Everything but the users goes on running. To look around:");
  say("");
  say(`   cd ${clone}`);
  say(`   export TIDEGATE_DATA=${dataDir} PATH=${programs}:$PATH`);
  say("   tidegate change list; tidegate change show; tidegate logs -f");
  if (url !== "") {
    say(`   curl ${url}`);
    say(`   ${process.execPath} ${traffic} --url ${url}`);
  }
  say("");
  say(`To stop and remove it: tidegate down && rm -rf ${directory}`);
}
