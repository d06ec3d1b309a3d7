/** How many have it, as the level of water in a round window. Its number stands beside it, always. */
import "./tide-gauge.css";
import { useId } from "react";
import type { Mark, Tone } from "./state.ts";
import { shapes } from "./state-word.tsx";

export interface TideGaugeProps {
  /** 0..100. */
  readonly percent: number;
  readonly tone: Tone;
  readonly size?: "s" | "l";
  /** Over, and how: stands in the window when that is empty, and a full one gets a tick. */
  readonly ended?: Mark | undefined;
}

export function TideGauge({ percent, tone, size = "s", ended }: TideGaugeProps) {
  const id = useId();
  // A little is still seen to be there, and nearly all is not all.
  const level = percent <= 0 ? 0 : percent >= 100 ? 100 : Math.min(94, Math.max(6, percent));
  return (
    <svg className={`gauge gauge-${size} tone-${tone}`} viewBox="0 0 48 48" aria-hidden="true">
      <clipPath id={id}>
        <circle cx="24" cy="24" r="20" />
      </clipPath>
      <circle cx="24" cy="24" r="20" className="gauge-window" />
      {level < 100 ? null : <circle cx="24" cy="24" r="20" className="gauge-full" />}
      <g clipPath={`url(#${id})`} display={level === 0 || level === 100 ? "none" : undefined}>
        <g className="gauge-water" transform={`translate(0 ${44 - level * 0.4})`}>
          <path d="M-4 3c6-5 10-5 16 0s10 5 16 0 10-5 16 0 10 5 16 0v60H-4z" opacity=".35" />
          <path d="M-12 3c6-5 10-5 16 0s10 5 16 0 10-5 16 0 10 5 16 0v60h-64z" />
        </g>
      </g>
      {level > 0 || ended === undefined ? null : (
        <svg className="mark" x="12" y="12" width="24" height="24" viewBox="0 0 16 16">
          {shapes[ended]}
        </svg>
      )}
      {level < 100 || ended === undefined ? null : (
        <path d="M15.5 24.5l6 6 11.5-12.5" className="gauge-tick" />
      )}
      <circle cx="24" cy="24" r="22.5" className="gauge-rim" />
    </svg>
  );
}
