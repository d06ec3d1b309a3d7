/**
 * Has custom guardrails counted while a rollout is driven: looks at each source, waits for none, and
 * records what both arms counted as intervals of the rollout's one sequence.
 *
 * A controller that is followed by another leaves what it had not recorded: the next begins from bases
 * of its own, so that nothing is counted twice and nothing invented. What is offered and not recorded is
 * offered again as it was, and the store takes a repetition once; who lost the lease records nothing.
 */
import type {
  Arm,
  Instance,
  Lease,
  MetricArm,
  MetricProblem,
  MetricTaking,
  MetricWatch,
  Release,
  Rollout,
} from "#domain";
import { comparedInstances } from "./fresh.ts";
import type { Look } from "./look.ts";
import type { RolloutPorts } from "./ports.ts";
import { saturationSampler } from "./saturation.ts";
import type { LastingProblem } from "./unmeasured.ts";
import type { MissingFact } from "./verdict.ts";

export interface Measuring extends Disposable {
  /** Records what there is, and notes in the look which guardrail is not measured. */
  take(rollout: Rollout, look: Look): Promise<void>;
}

interface Watched {
  readonly source: "metrics" | "probes";
  readonly watch: MetricWatch;
}

export function measuring(ports: RolloutPorts): Measuring {
  const notes = problemNotes(ports);
  const saturationOf = saturationSampler(ports);
  let watched: readonly Watched[] | undefined;

  function watchesOf({ id, app, policy }: Rollout): readonly Watched[] {
    const guardrails = policy.guardrails.filter(({ metric }) => metric !== undefined);
    if (guardrails.length === 0) return [];
    const request = { rollout: id, app, guardrails, probes: policy.probes ?? [] };
    const sources = ports.metrics?.sources ?? [];
    return sources.map((one) => ({ source: one.source, watch: one.watch(request) }));
  }

  return {
    async take(rollout, look) {
      const saturation = await saturationOf(rollout);
      if (saturation !== undefined) look.saturation = saturation;
      if (rollout.baseline === undefined || watched?.length === 0) return;
      const arms = await armsOf(rollout, ports);
      if (arms === undefined) return;
      watched ??= watchesOf(rollout);
      const { baselineRequests: baseline, candidateRequests: candidate } = look.totals;
      const moment = { now: ports.clock.now(), arms, requests: { baseline, candidate } };
      const problems: MetricProblem[] = [];
      for (const [index, { source, watch }] of watched.entries()) {
        const seen = watch.look(moment);
        problems.push(...seen.problems);
        const id = `${look.lease.fence}.${index}`;
        const recording = { rollout, lease: look.lease, source, id };
        if (seen.taking !== undefined && (await record(seen.taking, recording, ports))) {
          watch.settle();
        }
      }
      look.problems = notes(rollout, problems);
      const missing = longestOf(look.problems);
      if (missing === undefined) delete look.missing;
      else look.missing = missing;
    },
    [Symbol.dispose]() {
      for (const { watch } of watched ?? []) watch.close();
    },
  };
}

/** Logs each problem when it begins, and gives all with how long they last. */
function problemNotes({ clock, log }: RolloutPorts) {
  let sinceByKey: ReadonlyMap<string, number> = new Map();
  return ({ id }: Rollout, problems: readonly MetricProblem[]): readonly LastingProblem[] => {
    const now = clock.now();
    const before = sinceByKey;
    const lasting = new Map<string, number>();
    const found: LastingProblem[] = [];
    for (const { guardrail, code, because, since = now } of problems) {
      const key = `${guardrail} ${code}`;
      if (!before.has(key)) {
        log.warn("rollout.guardrail_not_measured", { rollout: id, guardrail, code, because });
      }
      lasting.set(key, before.get(key) ?? since);
      const forMs = Math.max(0, now - (lasting.get(key) ?? now));
      found.push({ guardrail, code, because, forMs });
    }
    sinceByKey = lasting;
    return found;
  };
}

function longestOf(problems: readonly LastingProblem[]): MissingFact | undefined {
  const [longest] = problems.toSorted((a, b) => b.forMs - a.forMs);
  if (longest === undefined) return undefined;
  const { guardrail, forMs, because } = longest;
  return { what: "metric", guardrail, forMs, because };
}

/** Gives whether it is settled: recorded, or refused for good. */
async function record(
  { startAt, endAt, baseline, candidate }: MetricTaking,
  { rollout, lease, source, id }: Recording,
  { store, log }: RolloutPorts,
): Promise<boolean> {
  const recorded = await store.recordMetrics(
    {
      app: rollout.app,
      rollout: rollout.id,
      source,
      id,
      startAt: Math.trunc(startAt),
      endAt: Math.trunc(endAt),
      exposure: rollout.exposure,
      baseline,
      candidate,
    },
    lease,
  );
  if (recorded.ok) return true;
  if (recorded.error.code === "fence_lost") return false;
  log.error("rollout.reading_refused", { rollout: rollout.id, ...recorded.error });
  return true;
}

interface Recording {
  readonly rollout: Rollout;
  readonly lease: Lease;
  readonly source: "metrics" | "probes";
  readonly id: string;
}

async function armsOf(
  rollout: Rollout,
  { store }: RolloutPorts,
): Promise<Readonly<Record<Arm, MetricArm>> | undefined> {
  const { baseline, candidate } = rollout;
  const [before, after] = await Promise.all([
    baseline === undefined ? undefined : store.get("release", baseline),
    store.get("release", candidate),
  ]);
  if (before === undefined || after === undefined) return undefined;
  return {
    baseline: armOf(before.body, comparedInstances(before.body, rollout)),
    candidate: armOf(after.body, after.body.instances),
  };
}

function armOf({ id, number }: Release, instances: readonly Instance[]): MetricArm {
  return {
    release: id,
    version: `v${number}`,
    instances: instances
      .filter(({ state }) => state === "ready")
      .map(({ id: instance, processType, host, port }) => ({
        id: instance,
        processType,
        ...(host === undefined || port === undefined ? {} : { address: { host, port } }),
      })),
  };
}
