/** The difference between the arms as an interval, with a line at zero and one where toleration ends. */
import type { GuardrailResource } from "#faces/api/contract";
import { points } from "../../ui/words.ts";
import { verdicts } from "../../ui/state.ts";
import type { Arms } from "./arms.ts";
import { differenceOf, toleratedDifference } from "./interval.ts";

const width = 320;
const top = 18;
const bottom = 46;

interface DifferenceProps {
  readonly guardrail: GuardrailResource;
  readonly arms: Arms;
}

export function DifferencePicture({ guardrail, arms }: DifferenceProps) {
  const { tolerance, verdict } = guardrail;
  const { baseline, candidate } = arms;
  const difference = differenceOf(baseline, candidate);
  if (difference === undefined) return null;
  const tolerated = toleratedDifference(baseline, tolerance);
  const { low, high, estimate } = difference;
  // Zero, the tolerance and the interval are always in the picture, with a margin.
  const from = Math.min(low, 0, -tolerated / 2);
  const to = Math.max(high, tolerated, 0);
  const margin = Math.max((to - from) * 0.12, 1e-6);
  const x = (value: number) => ((value - from + margin) / (to - from + 2 * margin)) * width;
  const middle = (top + bottom) / 2;
  return (
    <svg
      className={`difference tone-${verdicts[verdict].tone}`}
      viewBox={`0 0 ${width} 62`}
      role="img"
      aria-label={`Difference ${points(estimate)}, 95 % interval from ${points(low)} to ${points(high)}; ${points(tolerated)} tolerated`}
    >
      <rect
        className="difference-harm"
        x={x(tolerated)}
        y={top}
        width={Math.max(0, width - x(tolerated))}
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
      <rect
        className="difference-interval"
        x={x(low)}
        y={middle - 5}
        width={Math.max(2, x(high) - x(low))}
        height="10"
        rx="5"
      />
      <circle className="difference-estimate" cx={x(estimate)} cy={middle} r="5" />
      <text x={x(0)} y="60" textAnchor="middle">
        no difference
      </text>
      <text
        x={Math.min(width - 2, x(tolerated))}
        y="10"
        textAnchor={x(tolerated) > width * 0.7 ? "end" : "start"}
      >
        tolerated {points(tolerated)}
      </text>
    </svg>
  );
}
