/**
 * What running instances need, and ended ones: often, marks in logs; now and then, bounds. None of it may
 * end the server: what fails is logged when it begins to, and tried again.
 */
import { mkdirSync } from "node:fs";
import { pruneFinished } from "./finished-jobs.ts";
import { checkMemory, instancesDirectory, type LiveInstance } from "./instance.ts";
import { logFile } from "./launch.ts";
import {
  followPollMs,
  instanceLogBytesMax,
  instancesBytesMax,
  instancesKeptMax,
  logMarkMs,
  pruneEveryMs,
  stepsBytesMax,
  stepsKeptMax,
} from "./limits.ts";
import { rotateLog } from "./log-file.ts";
import type { LogMarker } from "./log-times.ts";
import { stepsDirectory } from "./step.ts";
import type { Ground } from "./workspace.ts";

export interface Tended {
  readonly live: ReadonlyMap<string, LiveInstance>;
  readonly marker: Pick<LogMarker, "mark" | "rotate">;
}

type Place = Pick<Ground, "dataDir" | "clock" | "log">;

/** Gives what is to be called each `logMarkMs`. It never fails; called while it is busy, it does nothing. */
export function tender(place: Place, { live, marker }: Tended): () => Promise<void> {
  let isBusy = false;
  let round = 0;
  const failing = new WeakSet<LiveInstance>();
  const tend = async (instance: LiveInstance, isDue: boolean): Promise<void> => {
    const file = logFile(instance.directory);
    await marker.mark(file);
    if (!isDue) return;
    if (await rotateLog(file, instanceLogBytesMax)) await marker.rotate(file);
    await checkMemory(instance);
  };
  return async () => {
    if (isBusy) return;
    isBusy = true;
    round += 1;
    const isDue = round % Math.round(followPollMs / logMarkMs) === 0;
    if (round % Math.round(pruneEveryMs / logMarkMs) === 0) prune(place);
    for (const instance of live.values()) {
      try {
        await tend(instance, isDue);
        failing.delete(instance);
      } catch (error) {
        if (failing.has(instance)) continue;
        failing.add(instance);
        place.log.warn("platform.tending_failed", { instance: instance.state.id, error });
      }
    }
    isBusy = false;
  };
}

/** Keeps the newest finished steps and ended instances; what runs is never touched. Never throws. */
export function prune({ dataDir, clock, log }: Place): void {
  const now = clock.now();
  try {
    const [steps, instances] = [stepsDirectory(dataDir), instancesDirectory(dataDir)];
    for (const top of [steps, instances]) mkdirSync(top, { recursive: true, mode: 0o711 });
    const [ofSteps, ofInstances] = [
      pruneFinished(steps, now, {
        endFile: "outcome.json",
        countMax: stepsKeptMax,
        bytesMax: stepsBytesMax,
      }),
      pruneFinished(instances, now, {
        endFile: "ended.json",
        countMax: instancesKeptMax,
        bytesMax: instancesBytesMax,
        toldFiles: ["asked", "reported"],
      }),
    ];
    const removed = { steps: ofSteps.count, instances: ofInstances.count };
    if (removed.steps + removed.instances > 0) log.info("platform.pruned", removed);
    const odd = [...ofSteps.odd, ...ofInstances.odd];
    if (odd.length > 0) log.warn("platform.not_pruned", { count: odd.length, first: odd[0] });
  } catch (error) {
    log.warn("platform.pruning_failed", { error });
  }
}
