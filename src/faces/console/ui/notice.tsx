/** A word to the reader that stands in the page: what happened, and what to do now. */
import "./notice.css";
import type { ReactNode } from "react";
import { StateMark } from "./state-word.tsx";
import type { Tone } from "./state.ts";

export interface NoticeProps {
  readonly tone: Tone;
  readonly title: string;
  readonly children?: ReactNode;
  /** Said at once by a screen reader; for what the reader's own action led to. */
  readonly isUrgent?: boolean;
}

const marks = {
  good: "tick",
  bad: "cross",
  busy: "turning",
  wait: "pause",
  quiet: "dash",
} as const;

export function Notice({ tone, title, children, isUrgent = false }: NoticeProps) {
  return (
    <div className={`notice tone-${tone}`} role={isUrgent ? "alert" : undefined}>
      <StateMark state={{ mark: marks[tone], tone, word: "" }} />
      <div>
        <p className="notice-title">{title}</p>
        {children}
      </div>
    </div>
  );
}
