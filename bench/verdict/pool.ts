/** Runs of worlds on all cores: a worker per core takes one job after the other. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** Names and numbers only: a worker looks up what they mean. */
export interface Job {
  readonly kind: "comparison" | "bar";
  /** Index of the scenario, or of the bar. */
  readonly of: number;
  /** Index of the lane, for a comparison. */
  readonly lane: number;
  readonly fromSeed: number;
  readonly runs: number;
}

/** Results in the order of the jobs. `onDone` is called after each, with the number that are done. */
export async function runJobs<Result>(
  jobs: readonly Job[],
  onDone: (done: number) => void,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let [next, done] = [0, 0];
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("worker.ts", import.meta.url));
    try {
      for (;;) {
        const index = next;
        const job = jobs[index];
        if (job === undefined) return;
        next += 1;
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what worker.ts answers this kind of job with
        results[index] = (await ask(worker, job)) as Result;
        done += 1;
        onDone(done);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, work));
  return results;
}

async function ask(worker: Worker, job: Job): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once("message", (answer: unknown) => {
      worker.off("error", reject);
      resolve(answer);
    });
    worker.once("error", reject);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    worker.postMessage(job);
  });
}
