/**
 * Probes: requests of Tidegate's own to an instance of each arm at the same moment, before users come and
 * beside them. A pair counts when both were asked, so that whatever disturbs the machine disturbs both.
 */
import type {
  Arm,
  Clock,
  MetricMoment,
  MetricProblem,
  MetricRequest,
  MetricSource,
  MetricWatch,
  ProbePolicy,
} from "#domain";
import { openGathering } from "../gather.ts";
import { metricSilenceMs } from "../limits.ts";
import { askProbe, type ProbeTarget } from "./ask.ts";

export function probeSource(clock: Clock): MetricSource {
  return { source: "probes", watch: (request) => watch(request, clock) };
}

function watch(request: MetricRequest, clock: Clock): MetricWatch {
  const guardrails = request.guardrails.filter(({ metric }) => metric?.from === "probes");
  const gathering = openGathering(guardrails);
  const closing = new AbortController();
  let moment: MetricMoment | undefined;
  let lastPairAt = 0;

  async function askPair(probe: ProbePolicy, round: number): Promise<void> {
    const baseline = targetOf("baseline", round);
    const candidate = targetOf("candidate", round);
    if (baseline === undefined || candidate === undefined) return;
    const [isBaselineRight, isCandidateRight] = await Promise.all([
      askProbe(baseline, probe, closing.signal),
      askProbe(candidate, probe, closing.signal),
    ]);
    if (closing.signal.aborted) return;
    lastPairAt = clock.now();
    for (const { name } of guardrails) {
      gathering.add(name, "baseline", { events: isBaselineRight ? 0 : 1, sample: 1 });
      gathering.add(name, "candidate", { events: isCandidateRight ? 0 : 1, sample: 1 });
    }
  }

  /** Instances take turns. */
  function targetOf(arm: Arm, round: number): ProbeTarget | undefined {
    const served = moment?.arms[arm].instances.flatMap(({ address }) => address ?? []) ?? [];
    const address = served[round % Math.max(1, served.length)];
    return address && { ...address, hostName: `${request.app}.localhost` };
  }

  /** One round at a time per probe: one that hangs asks less often, and never piles up. */
  async function run(probe: ProbePolicy): Promise<void> {
    for (let round = 0; !closing.signal.aborted; round += 1) {
      const startedAt = clock.now();
      await askPair(probe, round);
      const restMs = Math.max(1, probe.everyMs - (clock.now() - startedAt));
      await clock.sleep(restMs, closing.signal);
    }
  }

  return {
    look(now) {
      const isFirst = moment === undefined;
      moment = now;
      if (isFirst) {
        lastPairAt = now.now;
        if (guardrails.length > 0) for (const probe of request.probes) void run(probe);
      }
      const taking = gathering.look(now.now);
      const problems = guardrails.flatMap(({ name }) => silent(name, lastPairAt, now.now));
      return { problems, ...(taking === undefined ? {} : { taking }) };
    },
    settle: () => gathering.settle(),
    close: () => closing.abort(),
  };
}

function silent(guardrail: string, since: number, now: number): readonly MetricProblem[] {
  if (now - since < metricSilenceMs) return [];
  return [{ guardrail, code: "no_data", because: "no probe reaches both releases", since }];
}
