/** Each guardrail as a picture: both arms, the difference with its bounds, the verdict, its counts. */
import { useQuery } from "@tanstack/react-query";
import { formatRoughMs } from "#std";
import { isOfMemory, whyNoneSeen, withoutForecast } from "#domain";
import type { GuardrailResource, RolloutResource, SeriesResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { ManualLink } from "../../ui/manual-link.tsx";
import { Section } from "../../ui/page.tsx";
import { verdicts } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { bytes, count, percent, spoken } from "../../ui/words.ts";
import { isFinal } from "./action-effects.ts";
import { ArmsChart } from "./arms-chart.tsx";
import { DifferencePicture } from "./difference-picture.tsx";
import { EvidenceMeter } from "./evidence-meter.tsx";
import {
  armNames,
  guardrailSentence,
  shownVerdict,
  verdictInShort,
  whyTwoTimes,
} from "./guardrail-sentence.ts";
import { newestOf } from "./guardrail-series.ts";
import { sentence } from "./state-sentence.ts";
import type { Story } from "./story.ts";

const pointsMax = 60;
const refreshMs = 3_000;

/** A rollout over time, asked for again while it moves. */
export function useSeries(rollout: RolloutResource): SeriesResource | undefined {
  const { data } = useQuery({
    ...ask("GET /api/v1/rollouts/:rollout/series", {
      params: { rollout: rollout.id },
      query: { points: pointsMax },
    }),
    refetchInterval: isFinal(rollout) ? false : refreshMs,
  });
  return data;
}

interface GuardrailSectionProps {
  readonly rollout: RolloutResource;
  readonly story: Story;
  readonly series: SeriesResource | undefined;
}

export function GuardrailSection({ rollout, story, series }: GuardrailSectionProps) {
  const { guardrails } = rollout.evidence;
  if (guardrails.length === 0) return null;
  const isOver = isFinal(rollout);
  const parts = { rollout, isOver, story, series };
  const facts = guardrails.filter(({ unit }) => unit === "instances");
  // Where there was nothing before it, pictures of a comparison would be empty, and no verdict is missing.
  const isCompared = rollout.baseline !== undefined;
  const compared = isCompared ? guardrails.filter(({ unit }) => unit !== "instances") : [];
  return (
    <Section
      title="Guardrails"
      id="guardrails"
      note={
        isCompared ? <StateWord state={verdicts[rollout.verdict.kind]} /> : "nothing to compare"
      }
      command={`tidegate rollout show ${rollout.id}`}
      json={rollout.evidence}
    >
      <p className="guardrails-verdict">
        {isCompared ? verdictInShort(rollout, isOver) : "There was no version before it."}{" "}
        <ManualLink page="explanation/verdicts">How a verdict comes about</ManualLink>
      </p>
      <div className="guardrails">
        {compared.map((guardrail) => (
          <Guardrail key={guardrail.name} guardrail={guardrail} {...parts} />
        ))}
        <div className="guardrails-facts">
          {facts.map((guardrail) => (
            <Guardrail key={guardrail.name} guardrail={guardrail} {...parts} />
          ))}
        </div>
      </div>
      <details className="drawer">
        <summary>The verdict in full</summary>
        <p className="soft guardrails-verdict" dir="auto">
          {sentence(isOver ? withoutForecast(rollout.verdict.sentence) : rollout.verdict.sentence)}
        </p>
      </details>
    </Section>
  );
}

interface GuardrailProps {
  readonly guardrail: GuardrailResource;
  readonly rollout: RolloutResource;
  /** The rollout has ended: nothing more will be known. */
  readonly isOver: boolean;
  readonly story: Story;
  readonly series: SeriesResource | undefined;
}

function Guardrail({ guardrail, rollout, isOver, story, series }: GuardrailProps) {
  const { name } = guardrail;
  const title = spoken(name);
  const verdict = shownVerdict(guardrail, rollout);
  const newest = newestOf(series, name);
  const { policy } = rollout;
  const whyNone = whyNoneSeen(guardrail, { totals: rollout.evidence.totals, policy, isOver });
  const why = guardrail.candidate.sample === 0 ? undefined : whyTwoTimes(guardrail);
  return (
    <article className="guardrail" id={`guardrail-${name}`} aria-label={`Guardrail ${title}`}>
      <header className="guardrail-head">
        <h3>{title}</h3>
        <StateWord state={verdicts[verdict]} />
      </header>
      <p className="guardrail-sentence">
        {guardrailSentence(guardrail, { isOver, shown: verdict, whyNone })}
      </p>
      {why === undefined ? null : <p className="soft small">{why}</p>}
      {newest?.difference === undefined || series === undefined ? null : (
        <DifferencePicture
          guardrail={newest}
          verdict={verdict}
          difference={newest.difference}
          alpha={series.alpha}
        />
      )}
      {series === undefined || newest === undefined || isOfMemory(guardrail) ? null : (
        <ArmsChart guardrail={newest} title={title} series={series} markers={story.markers} />
      )}
      <Numbers guardrail={guardrail} />
      {guardrail.logEThreshold > 0 ? <EvidenceMeter guardrail={guardrail} /> : null}
      {isOver ? null : <Forecast guardrail={guardrail} />}
    </article>
  );
}

function Forecast({
  guardrail: { verdict, forecastMs },
}: {
  readonly guardrail: GuardrailResource;
}) {
  if (verdict === "safe" || verdict === "harmful") return null;
  return (
    <p className="soft small">
      {forecastMs === undefined
        ? "At the present traffic there is no telling when it will be known."
        : `Known in about ${formatRoughMs(forecastMs)} at the present traffic.`}
    </p>
  );
}

/** Where nothing was counted there is nothing to show. */
function Numbers({ guardrail }: { readonly guardrail: GuardrailResource }) {
  const { baseline, candidate, unit } = guardrail;
  if (baseline.sample === 0 && candidate.sample === 0) return null;
  const isMemory = isOfMemory(guardrail);
  const [hit, of] = isMemory ? ["memory", "limit"] : [hitWord(guardrail), "of"];
  const names = armNames(guardrail);
  const format = isMemory ? bytes : count;
  return (
    <table className="arms">
      <thead>
        <tr>
          <th scope="col">{isMemory ? "instance" : unit}</th>
          {[hit, of, "share"].map((title) => (
            <th key={title} scope="col" className="number">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <Arm name={names.baseline} seen={baseline} format={format} />
        <Arm name={names.candidate} seen={candidate} format={format} />
      </tbody>
    </table>
  );
}

/** What the first column counts. */
function hitWord({ name, thresholdMs }: GuardrailResource): string {
  if (name === "errors") return "failed";
  return thresholdMs === undefined ? "counted" : "slower";
}

interface ArmProps {
  readonly name: string;
  readonly seen: GuardrailResource["baseline"];
  readonly format: (value: number) => string;
}

function Arm({ name, seen: { events, sample }, format }: ArmProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {sample === 0 ? (
        <td className="number soft" colSpan={3}>
          none seen
        </td>
      ) : (
        <>
          <td className="number">{format(events)}</td>
          <td className="number">{format(sample)}</td>
          <td className="number">{percent(events / sample)}</td>
        </>
      )}
    </tr>
  );
}
