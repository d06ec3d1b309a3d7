/**
 * What needs no statistics: an instance that crashes again and again, one that runs out of memory. One such
 * fact is enough, since no healthy release does it.
 */
import type { GuardrailPolicy, GuardrailState } from "#domain";
import { crashExitsMax, saturationLimitRatio, saturationRestartsMax } from "./limits.ts";

export interface CrashFact {
  readonly instance: string;
  /** How often it exited on its own since it was started. */
  readonly exits: number;
  /** "exit code 1", "signal SIGKILL". */
  readonly exit: string;
}

/** Memory of the instance of the candidate that uses most of its limit. */
export interface SaturationFact {
  readonly candidateBytes: number;
  /** What the baseline's instances used at like age; absent: unknown. */
  readonly baselineBytes?: number;
  readonly limitBytes: number;
  /** How often instances of the candidate were ended for their memory. */
  readonly restarts: number;
}

interface Facts {
  readonly crash?: CrashFact;
  readonly saturation?: SaturationFact;
}

/** The state of `crashes` or `saturation`. */
export function factState({ name, tolerance }: GuardrailPolicy, facts: Facts): GuardrailState {
  const { crash, saturation } = facts;
  const isSaturation = name === "saturation";
  const isHarmful = isSaturation ? isOutOfMemory(saturation, tolerance.ratio) : isCrashLoop(crash);
  const used = (bytes: number | undefined) =>
    bytes === undefined || saturation === undefined
      ? { events: 0, sample: 0 }
      : { events: bytes, sample: saturation.limitBytes };
  return {
    name,
    verdict: isHarmful ? "harmful" : "safe",
    unit: "instances",
    baseline: isSaturation ? used(saturation?.baselineBytes) : { events: 0, sample: 0 },
    candidate: isSaturation
      ? used(saturation?.candidateBytes)
      : { events: crash?.exits ?? 0, sample: crash === undefined ? 0 : 1 },
    tolerance,
    logEHarm: 0,
    logESafe: 0,
    logEThreshold: 0,
  };
}

function isCrashLoop(crash: CrashFact | undefined): boolean {
  return crash !== undefined && crash.exits >= crashExitsMax;
}

/**
 * Ended for its memory more than once, or near the limit AND well above what the baseline needed at like age.
 * Only both: near the limit is where a runtime with a garbage collector may live, and twice of
 * little is little. Without a baseline to compare with only the kernel's word counts.
 */
function isOutOfMemory(fact: SaturationFact | undefined, ratio: number): boolean {
  if (fact === undefined) return false;
  const { candidateBytes, baselineBytes, limitBytes, restarts } = fact;
  if (restarts >= saturationRestartsMax) return true;
  if (baselineBytes === undefined || !(limitBytes > 0)) return false;
  return (
    candidateBytes > saturationLimitRatio * limitBytes &&
    candidateBytes > Math.max(1, ratio) * baselineBytes
  );
}
