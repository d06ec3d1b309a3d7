/** A state as a mark and a word. The mark differs in shape, so that colour is never the only signal. */
import "./state-word.css";
import type { ReactNode } from "react";
import type { Mark, Shown } from "./state.ts";

/** In a square of 16. */
export const shapes: Readonly<Record<Mark, ReactNode>> = {
  tick: (
    <>
      <circle cx="8" cy="8" r="7" className="mark-fill" />
      <path d="M4.8 8.3l2.2 2.2 4.2-4.6" className="mark-on" />
    </>
  ),
  cross: (
    <>
      <path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" className="mark-fill" />
      <path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8" className="mark-on" />
    </>
  ),
  back: (
    <>
      <path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" className="mark-fill" />
      <path d="M11 10.4V9a2 2 0 0 0-2-2H5.2M7.2 4.8L5 7l2.2 2.2" className="mark-on" />
    </>
  ),
  turning: (
    <>
      <circle cx="8" cy="8" r="6" className="mark-faint" />
      <path d="M8 2a6 6 0 0 1 6 6" className="mark-line mark-turns" />
    </>
  ),
  pause: (
    <>
      <rect x="1.5" y="1.5" width="13" height="13" rx="3" className="mark-line" />
      <path d="M6.2 5.4v5.2M9.8 5.4v5.2" className="mark-line" />
    </>
  ),
  ring: <circle cx="8" cy="8" r="6" className="mark-line mark-dotted" />,
  dash: (
    <>
      <circle cx="8" cy="8" r="6" className="mark-line" />
      <path d="M5.4 8h5.2" className="mark-line" />
    </>
  ),
  newer: <path d="M3.5 4l4 4-4 4M8.5 4l4 4-4 4" className="mark-line" />,
};

export interface StateWordProps {
  readonly state: Shown;
  /** Chips stand out in a heading; plain words keep a table calm. */
  readonly look?: "plain" | "chip";
  readonly word?: string;
}

export function StateWord({ state, look = "plain", word }: StateWordProps) {
  return (
    <span className={`state tone-${state.tone} ${look === "chip" ? "state-chip" : ""}`}>
      <StateMark state={state} />
      {word ?? state.word}
    </span>
  );
}

/** Only where its word stands close by. */
export function StateMark({ state }: { readonly state: Shown }) {
  return (
    <svg className="mark" viewBox="0 0 16 16" aria-hidden="true">
      {shapes[state.mark]}
    </svg>
  );
}
