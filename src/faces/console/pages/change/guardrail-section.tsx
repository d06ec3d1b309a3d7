/** Each guardrail as a picture: both arms, the difference with its interval, the verdict, and what it rests on. */
import { formatDurationMs } from "#std";
import type { GuardrailResource, RolloutResource } from "#faces/api/contract";
import { Section } from "../../ui/page.tsx";
import { verdicts } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { bytes, count, percent, spoken } from "../../ui/words.ts";
import { type Arms, armsOf, isOfMemory } from "./arms.ts";
import { DifferencePicture } from "./difference-picture.tsx";
import { EvidenceMeter } from "./evidence-meter.tsx";
import { guardrailSentence } from "./guardrail-sentence.ts";
import { sentence } from "./state-sentence.ts";

export function GuardrailSection({ rollout }: { readonly rollout: RolloutResource }) {
  const { guardrails } = rollout.evidence;
  if (guardrails.length === 0) return null;
  return (
    <Section
      title="Guardrails"
      id="guardrails"
      note={<StateWord state={verdicts[rollout.verdict.kind]} />}
      command={`tidegate rollout show ${rollout.id}`}
      json={rollout.evidence}
    >
      <p className="soft" dir="auto">
        {sentence(rollout.verdict.sentence)}
      </p>
      <div className="guardrails">
        {guardrails.map((guardrail) => (
          <Guardrail key={guardrail.name} guardrail={guardrail} totals={rollout.evidence.totals} />
        ))}
      </div>
    </Section>
  );
}

interface GuardrailProps {
  readonly guardrail: GuardrailResource;
  readonly totals: RolloutResource["evidence"]["totals"];
}

function Guardrail({ guardrail, totals }: GuardrailProps) {
  const arms = armsOf(guardrail, totals);
  const { name, thresholdMs, verdict, forecastMs } = guardrail;
  const title =
    thresholdMs === undefined
      ? spoken(name)
      : `${spoken(name)} over ${formatDurationMs(thresholdMs)}`;
  return (
    <article className="guardrail" aria-label={`Guardrail ${title}`}>
      <header className="guardrail-head">
        <h3>{title}</h3>
        <StateWord state={verdicts[verdict]} />
      </header>
      <p className="guardrail-sentence">{guardrailSentence(guardrail, arms)}</p>
      <Numbers guardrail={guardrail} arms={arms} />
      {guardrail.logEThreshold > 0 ? <EvidenceMeter guardrail={guardrail} /> : null}
      {verdict === "safe" || verdict === "harmful" ? null : (
        <p className="soft small">
          {forecastMs === undefined
            ? "At the present traffic there is no telling when it will be known."
            : `Known in about ${formatDurationMs(forecastMs)} at the present traffic.`}
        </p>
      )}
    </article>
  );
}

interface NumbersProps {
  readonly guardrail: GuardrailResource;
  readonly arms: Arms;
}

/** Where nothing was counted there is nothing to draw. */
function Numbers({ guardrail, arms }: NumbersProps) {
  const { baseline, candidate, unit } = arms;
  if (baseline.sample === 0 && candidate.sample === 0) return null;
  const isMemory = isOfMemory(guardrail);
  const [hit, of] = isMemory ? ["memory", "of its limit"] : ["hit", "of"];
  const format = isMemory ? bytes : count;
  return (
    <>
      {isMemory ? null : <DifferencePicture guardrail={guardrail} arms={arms} />}
      <table className="arms">
        <thead>
          <tr>
            <th scope="col">{isMemory ? "largest instance" : unit}</th>
            {[hit, of, "share"].map((title) => (
              <th key={title} scope="col" className="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Arm name="baseline" seen={baseline} format={format} />
          <Arm name="candidate" seen={candidate} format={format} />
          {unit === guardrail.unit ? null : (
            <Arm name={`its ${guardrail.unit}`} seen={guardrail.candidate} format={format} />
          )}
        </tbody>
      </table>
    </>
  );
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
      <td className="number">{format(events)}</td>
      <td className="number">{format(sample)}</td>
      <td className="number">{sample === 0 ? "none seen" : percent(events / sample)}</td>
    </tr>
  );
}
