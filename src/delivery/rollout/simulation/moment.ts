/** How the world stands in one second: what is the same for all requests of it is worked out once. */
import { wandering, type Choice, type Random } from "./chance.ts";
import { latencyClassFactors } from "./crowd.ts";
import { cellsOf } from "./latency-shape.ts";
import { isWithin, type World } from "./world.ts";

export interface Moment {
  readonly second: number;
  /** On both arms' error ratios. */
  readonly errorFactor: number;
  readonly instanceFactor: Readonly<Record<"baseline" | "candidate" | "fresh", readonly number[]>>;
  /** How much of the fault is there, 0..1. */
  readonly faultSize: number;
  /** Latency by class of user, of requests that do not meet the fault … */
  readonly usualCells: Readonly<Record<"baseline" | "candidate", readonly Choice[]>>;
  /** … and that do. */
  readonly faultyCells: readonly Choice[];
}

interface Latencies {
  /** On both arms. */
  readonly factor: number;
  /** On the candidate besides, and on what was started with it. */
  readonly coldFactor: number;
  readonly faultSize: number;
}

/** Gives each second's moment, asked in order. The fresh baseline's instances wander by chances of their own. */
export function openMoments(
  world: World,
  random: Random,
  freshRandom: Random,
): (second: number) => Moment {
  const errorDrift = wandering(world.drift?.errors, random);
  const latencyDrift = wandering(world.drift?.latency, random);
  const { instances } = world;
  const wander = (many = 1, by = random) =>
    Array.from({ length: many }, () => wandering(instances?.wander, by));
  const wanders = {
    baseline: wander(instances?.baseline),
    candidate: wander(instances?.candidate),
    fresh: wander(instances?.candidate, freshRandom),
  };
  const classes = latencyClassFactors(world);
  let [known, knownCells] = ["", cellsAt(world, classes, usualLatencies)];
  return (second) => {
    const struck = world.incidents?.filter((incident) => isWithin(incident, second)) ?? [];
    const latencies: Latencies = {
      factor: struck.reduce((all, one) => all * (one.latencyFactor ?? 1), latencyDrift(second)),
      coldFactor: coldFactorAt(world, second),
      faultSize: faultSizeAt(world, second),
    };
    // Most worlds stand still most of the time, and a table of cells costs more than a second's requests.
    const key = JSON.stringify(latencies);
    if (key !== known) [known, knownCells] = [key, cellsAt(world, classes, latencies)];
    return {
      second,
      errorFactor: struck.reduce((all, one) => all * one.factor, errorDrift(second)),
      instanceFactor: {
        baseline: wanders.baseline.map((at) => at(second)),
        candidate: wanders.candidate.map((at) => at(second)),
        fresh: wanders.fresh.map((at) => at(second)),
      },
      faultSize: latencies.faultSize,
      ...knownCells,
    };
  };
}

const usualLatencies: Latencies = { factor: 1, coldFactor: 1, faultSize: 0 };

function cellsAt(
  world: World,
  classes: readonly number[],
  { factor, coldFactor, faultSize }: Latencies,
): Pick<Moment, "usualCells" | "faultyCells"> {
  const { fault, latencyMsMedian, latencyLogSd } = world;
  const cells = (ownFactor: number, slowRatio: number) =>
    classes.map((ofUser) =>
      cellsOf({
        medianMs: latencyMsMedian * factor * ofUser * ownFactor,
        logSd: latencyLogSd,
        slowRatio,
        slowMs: fault.slowMs,
      }),
    );
  const baseline = cells(1, 0);
  const candidate = coldFactor === 1 ? baseline : cells(coldFactor, 0);
  const ownFactor = coldFactor * (1 + faultSize * (fault.latencyFactor - 1));
  const slowRatio = faultSize * fault.slowRatio;
  const isUsual = ownFactor === coldFactor && slowRatio === 0;
  return {
    usualCells: { baseline, candidate },
    faultyCells: isUsual ? candidate : cells(ownFactor, slowRatio),
  };
}

function faultSizeAt({ fault }: World, second: number): number {
  if (second < fault.fromS) return 0;
  if (fault.growsOverS === undefined || fault.growsOverS <= 0) return 1;
  return Math.min(1, (second - fault.fromS) / fault.growsOverS);
}

/** Decays as e^-x; by `forS` a twentieth of the excess is left, and then none. */
function coldFactorAt({ fault: { coldStart } }: World, second: number): number {
  if (coldStart === undefined || second >= coldStart.forS) return 1;
  return 1 + (coldStart.factor - 1) * Math.exp((-3 * second) / coldStart.forS);
}
