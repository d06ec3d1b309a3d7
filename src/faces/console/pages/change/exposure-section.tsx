import type { Had } from "#domain";
import { formatDurationMs, formatSpan } from "#std";
import type { RolloutResource, SeriesResource } from "#faces/api/contract";
import { Chart } from "../../ui/chart.tsx";
import { Section } from "../../ui/page.tsx";
import { rolloutStates } from "../../ui/state.ts";
import { StateWord, type StateWordProps } from "../../ui/state-word.tsx";
import { useNow } from "../../ui/when.tsx";
import { count, counted, percent } from "../../ui/words.ts";
import { isFinal } from "./action-effects.ts";
import { exposureSeries } from "./exposure-series.ts";
import type { Story } from "./story.ts";

const heightPx = 190;

interface ExposureProps {
  readonly rollout: RolloutResource;
  readonly story: Story;
  readonly series: SeriesResource | undefined;
  /** Of a change that everybody had and has no more. */
  readonly had: Had | undefined;
}

/** How many had it when, against what the policy allowed. */
export function ExposureSection({ rollout, story, series, had }: ExposureProps) {
  const tick = useNow();
  // The graph of what is over does not move.
  const now = rollout.finishedAt ?? tick;
  const { at, exposed, allowed } = exposureSeries(rollout, {
    exposures: story.exposures,
    points: series?.points ?? [],
    now,
  });
  const most = Math.max(0, ...exposed);
  const share = percent(had === undefined ? rollout.exposurePercent / 100 : 0);
  const moves = counted(story.exposures.length, "move");
  return (
    <Section
      title="Exposure"
      id="exposure"
      note={<StateWord {...stateOf(rollout, had)} />}
      command={`tidegate rollout show ${rollout.id}`}
      json={rollout}
    >
      <div className="figures">
        <Figure value={share} label="of users now" />
        {had === undefined ? null : (
          <Figure
            value={formatDurationMs(had.toAt - had.fromAt)}
            label={`everybody had it, ${formatSpan(had.fromAt, had.toAt)}`}
          />
        )}
        {metBy(rollout, had).map(({ value, label }) => (
          <Figure key={label} value={count(value)} label={label} />
        ))}
        {rollout.baseline === undefined ? null : (
          <Figure
            value={budgetOf(rollout)}
            label={
              isFinal(rollout) ? "was the most it might harm" : "may be harmed before it is stopped"
            }
          />
        )}
      </div>
      <Chart
        summary={`Exposure over time: ${share} of users now, ${percent(most / 100)} at the most; ${moves}.`}
        at={at}
        heightPx={heightPx}
        topMin={10}
        topMax={104}
        format={(value) => `${value} %`}
        markers={story.markers}
        lines={[
          {
            label: "users who have it",
            values: exposed,
            colour: "--sea",
            fill: "--sea-soft",
            isStepped: true,
          },
          {
            label: "the most that is allowed",
            values: allowed,
            colour: "--soft",
            dash: [6, 4],
            isStepped: true,
          },
        ]}
      />
    </Section>
  );
}

/** As it ended, and that what it led to is no more. */
function stateOf({ state }: RolloutResource, had: Had | undefined): StateWordProps {
  const shown = rolloutStates[state];
  return had === undefined || state !== "promoted"
    ? { state: shown }
    : { state: { ...shown, tone: "quiet" }, word: `${shown.word}, taken back since` };
}

/** Whoever keeps no cookie cannot be told apart: then there are requests to count, and no users. */
function metBy(
  { evidence: { totals } }: RolloutResource,
  had: Had | undefined,
): readonly { readonly value: number; readonly label: string }[] {
  // Everybody got it before anybody had met it, and nobody counted after that.
  if (had !== undefined && totals.candidateRequests === 0) return [];
  const requests = { value: totals.candidateRequests, label: "requests answered" };
  if (totals.usersExposed === 0 && totals.candidateRequests > 0) {
    return [requests, { value: totals.candidateErrors, label: "of them failed" }];
  }
  return [
    { value: totals.usersExposed, label: "users have met it" },
    { value: totals.usersHarmed, label: "of them had a failed request" },
    requests,
  ];
}

function budgetOf({ policy }: RolloutResource): string {
  return policy.harmBudgetUsers === undefined
    ? counted(policy.harmBudgetRequests, "request")
    : counted(policy.harmBudgetUsers, "user");
}

function Figure({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <p className="figure">
      <strong>{value}</strong> <span className="soft small">{label}</span>
    </p>
  );
}
