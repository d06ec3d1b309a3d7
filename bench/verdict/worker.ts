/** One core's share of a bench: takes a job, runs its worlds, answers with their outcomes. */
import { parentPort } from "node:worker_threads";
import { assert } from "#std";
import { runBar } from "./bars.ts";
import type { Outcome } from "./drive.ts";
import type { Job } from "./pool.ts";
import { scenarios } from "./scenarios.ts";
import { lanes } from "./tools.ts";

assert(parentPort !== null, "worker.ts runs in a worker");
const port = parentPort;
port.on("message", (job: Job) => port.postMessage(answer(job)));

/** By run, then by tool of the lane; a bar has one. */
function answer(job: Job): readonly (readonly Outcome[])[] {
  return job.kind === "bar" ? runBar(job).map((outcome) => [outcome]) : runComparison(job);
}

function runComparison(job: Job): readonly (readonly Outcome[])[] {
  const scenario = scenarios[job.of];
  const lane = lanes[job.lane];
  assert(scenario !== undefined && lane !== undefined, "a job names a scenario and a lane");
  return Array.from({ length: job.runs }, (_, run) => lane.run(scenario.world, job.fromSeed + run));
}
