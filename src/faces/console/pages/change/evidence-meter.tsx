/** How far the evidence has come, towards harm and towards safety: each bar is full when it decides. */
import type { GuardrailResource } from "#faces/api/contract";

export function EvidenceMeter({ guardrail }: { readonly guardrail: GuardrailResource }) {
  const { logEHarm, logESafe, logEThreshold, logESafeThreshold = logEThreshold } = guardrail;
  return (
    <div className="meters">
      <Meter label="evidence of harm" share={logEHarm / logEThreshold} tone="bad" />
      <Meter label="evidence of safety" share={logESafe / logESafeThreshold} tone="good" />
    </div>
  );
}

interface MeterProps {
  readonly label: string;
  readonly share: number;
  readonly tone: "good" | "bad";
}

function Meter({ label, share, tone }: MeterProps) {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <div className={`meter tone-${tone}`}>
      <span className="soft small">{label}</span>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="6" className="meter-empty" />
        <rect width={percent} height="6" className="meter-full" />
      </svg>
      <span className="small">{percent} %</span>
    </div>
  );
}
