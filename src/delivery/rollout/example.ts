/** One failed request of a candidate beside what the app said at the time. */
import { type Rollout } from "#domain";
import { exampleLogLines } from "./limits.ts";
import { type RolloutPorts } from "./ports.ts";

export async function exampleOf(
  rollout: Rollout,
  { store, runtime }: RolloutPorts,
): Promise<Rollout["failureExample"]> {
  const failures = await store.failures(rollout.id);
  const request = failures.find(({ arm }) => arm === "candidate");
  if (request === undefined) return undefined;
  const log: string[] = [];
  const over = new AbortController();
  const lines = runtime.logs({
    app: rollout.app,
    release: rollout.candidate,
    ...(request.instance === undefined ? {} : { instance: request.instance }),
    tail: exampleLogLines,
    follow: false,
    signal: over.signal,
  });
  for await (const line of lines) log.push(line.text);
  return { request, log };
}
