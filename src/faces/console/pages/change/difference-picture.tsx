/** The difference between the arms as an interval, with a line at zero and one where toleration ends. */
import type { GuardrailResource } from "#faces/api/contract";
import { verdicts } from "../../ui/state.ts";
import { percent, points } from "../../ui/words.ts";
import {
  type GuardrailPoint,
  intervalParts,
  type Stretch,
  toleratedDifference,
} from "./guardrail-series.ts";

export interface DifferenceProps {
  readonly guardrail: GuardrailResource;
  /** As it is shown: not safe where nothing can be compared. */
  readonly verdict: GuardrailResource["verdict"];
  /** Its bounds hold at all times together with probability 1 - alpha. */
  readonly difference: NonNullable<GuardrailPoint["difference"]>;
  readonly alpha: number;
}

const width = 320;
const top = 18;
const bottom = 42;
const middle = (top + bottom) / 2;

export function DifferencePicture({ guardrail, verdict, difference, alpha }: DifferenceProps) {
  const { estimate, lower, upper } = difference;
  const tolerated = toleratedDifference(guardrail);
  // Zero, the tolerance and the estimate are always in the picture; a bound far out leaves it with an arrow.
  const reach = Math.max(tolerated * 3, Math.abs(estimate) * 2, 0.002);
  const from = Math.max(Math.min(lower, 0, estimate), -reach);
  const to = Math.min(Math.max(upper, tolerated, estimate), reach);
  const margin = Math.max((to - from) * 0.1, 1e-6);
  const x = (value: number) =>
    Math.min(width, Math.max(0, ((value - from + margin) / (to - from + 2 * margin)) * width));
  const sureness = percent(1 - alpha);
  const { held, open } = intervalParts(difference, { verdict, tolerated });
  const band = (name: string, { from: left, to: right }: Stretch) => (
    <rect
      className={name}
      x={x(left)}
      y={middle - 5}
      width={Math.max(2, x(right) - x(left))}
      height="10"
    />
  );
  const picture = (
    <svg
      className={`difference tone-${verdicts[verdict].tone}`}
      viewBox={`0 0 ${width} 58`}
      role="img"
      aria-label={`Difference ${points(estimate)}, between ${points(lower)} and ${points(upper)} with ${sureness} certainty; ${points(tolerated)} tolerated`}
    >
      <rect
        className="difference-harm"
        x={x(tolerated)}
        y={top}
        width={width - x(tolerated)}
        height={bottom - top}
      />
      <line className="difference-zero" x1={x(0)} x2={x(0)} y1={top - 4} y2={bottom + 4} />
      <line
        className="difference-limit"
        x1={x(tolerated)}
        x2={x(tolerated)}
        y1={top - 4}
        y2={bottom + 4}
      />
      {open === undefined ? null : band("difference-open", open)}
      {band("difference-interval", held)}
      <circle className="difference-estimate" cx={x(estimate)} cy={middle} r="5" />
      <text x={x(0)} y="56" textAnchor={x(0) < 40 ? "start" : "middle"}>
        no difference
      </text>
      <text x={x(tolerated)} y="10" textAnchor={x(tolerated) > width * 0.6 ? "end" : "start"}>
        tolerated: {points(tolerated)}
      </text>
    </svg>
  );
  if (open === undefined) return picture;
  return (
    <figure className="difference-figure">
      {picture}
      <figcaption className="soft small">
        Pale: what the two totals alone would leave open. The verdict compares both versions within
        each second and rules it out.
      </figcaption>
    </figure>
  );
}
