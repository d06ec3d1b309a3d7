/** How many have it, as the level of water in a round window. Its number stands beside it, always. */
import "./tide-gauge.css";
import { useId } from "react";
import type { Tone } from "./state.ts";

export interface TideGaugeProps {
  /** 0..100. */
  readonly percent: number;
  readonly tone: Tone;
  readonly size?: "s" | "l";
}

export function TideGauge({ percent, tone, size = "s" }: TideGaugeProps) {
  const id = useId();
  // A little is still seen to be there, and nearly all is not all.
  const level = percent <= 0 ? 0 : percent >= 100 ? 100 : Math.min(94, Math.max(6, percent));
  return (
    <svg className={`gauge gauge-${size} tone-${tone}`} viewBox="0 0 48 48" aria-hidden="true">
      <clipPath id={id}>
        <circle cx="24" cy="24" r="20" />
      </clipPath>
      <circle cx="24" cy="24" r="20" className="gauge-window" />
      <g clipPath={`url(#${id})`} display={level === 0 ? "none" : undefined}>
        <g className="gauge-water" transform={`translate(0 ${44 - level * 0.4})`}>
          <path d="M-4 3c6-5 10-5 16 0s10 5 16 0 10-5 16 0 10 5 16 0v60H-4z" opacity=".35" />
          <path d="M-12 3c6-5 10-5 16 0s10 5 16 0 10-5 16 0 10 5 16 0v60h-64z" />
        </g>
      </g>
      <circle cx="24" cy="24" r="22.5" className="gauge-rim" />
    </svg>
  );
}
