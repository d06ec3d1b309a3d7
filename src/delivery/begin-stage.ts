/** What build and test have in common: a beginning that is noted once, and lines that are kept. */
import type { Change, ChangeId, NewEntry, Stored } from "#domain";
import { stageOf } from "./pipeline.ts";
import type { DeliveryPorts } from "./ports.ts";
import { type Turn, write } from "./turn.ts";

/** Notes that a stage has begun, once: a worker that takes it up again has nothing to add. */
export async function begin(
  stored: Stored<Change>,
  turn: Turn,
  entry: NewEntry<"dev.cdevents.build.started" | "dev.cdevents.testsuiterun.started">,
): Promise<Stored<Change> | undefined> {
  const stage = entry.type === "dev.cdevents.build.started" ? "build" : "test";
  if (stageOf(stored.body, stage).state === "running") return stored;
  return await write(stored, turn, { entries: [entry] });
}

/** Where a step's output goes: into the change's log, and from there to whoever watches. */
export function lineTo(
  change: ChangeId,
  stage: "build" | "test",
  { changeLogs }: DeliveryPorts,
): (text: string) => void {
  return (text) => {
    changeLogs.append(change, { stage, text });
  };
}
