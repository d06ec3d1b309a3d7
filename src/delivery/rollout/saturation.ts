/** Memory of both arms' instances, as a fact for the verdict. Sampled seldom: it is a walk through processes. */
import type { Instance, Rollout } from "#domain";
import type { SaturationFact } from "./facts.ts";
import { runOfExits } from "./formation.ts";
import { comparedInstances } from "./fresh.ts";
import { instanceMemoryBytes, saturationSampleMs } from "./limits.ts";
import type { RolloutPorts } from "./ports.ts";

/** Gives the newest sample when the policy asks for it; what cannot be read is left out. */
export function saturationSampler({ store, runtime, clock }: RolloutPorts) {
  let sampledAt = Number.NEGATIVE_INFINITY;
  let sample: SaturationFact | undefined;

  async function mostUsed(instances: readonly Instance[] = []): Promise<number | undefined> {
    const ready = instances.filter(({ state }) => state === "ready");
    const used = await Promise.all(ready.map(async ({ id }) => await runtime.memoryBytes(id)));
    const known = used.filter((bytes) => bytes !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  return async (rollout: Rollout): Promise<SaturationFact | undefined> => {
    const isAsked = rollout.policy.guardrails.some(({ name }) => name === "saturation");
    if (isAsked && clock.now() - sampledAt >= saturationSampleMs) {
      sampledAt = clock.now();
      sample = await sampleOf(rollout);
    }
    return sample;
  };

  async function sampleOf(rollout: Rollout): Promise<SaturationFact> {
    const { baseline, candidate } = rollout;
    const [before, after] = await Promise.all([
      baseline === undefined ? undefined : store.get("release", baseline),
      store.get("release", candidate),
    ]);
    const candidateBytes = await mostUsed(after?.body.instances);
    const baselineBytes = await mostUsed(before && comparedInstances(before.body, rollout));
    // An older baseline has had more time to fill its memory, so that the comparison errs towards calm.
    const crash = after?.body.crash;
    return {
      candidateBytes: candidateBytes ?? 0,
      ...(baselineBytes === undefined ? {} : { baselineBytes }),
      limitBytes: instanceMemoryBytes,
      restarts: crash?.lastExit.startsWith("out of memory") === true ? runOfExits(crash) : 0,
    };
  }
}
