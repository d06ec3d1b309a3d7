/** A key that lets somebody in, as its owner sees it: by the name they gave it, with how to be rid of it. */
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";

const labelCharsMax = 100;

interface KeyProps {
  readonly label: string;
  /** What it is, as in "Remove the passkey laptop". */
  readonly kind: string;
  /** Why it may not be removed now; absent: it may. */
  readonly refusal?: string | undefined;
  readonly onRemove: () => void;
  readonly children: ReactNode;
}

export function KeyOfOnesOwn({ label, kind, refusal, onRemove, children }: KeyProps) {
  return (
    <li className="row">
      <strong dir="auto">{label}</strong>
      {children}
      <Button
        look="quiet"
        label={`Remove the ${kind} ${label}`}
        refusal={refusal}
        onPress={onRemove}
      >
        Remove
      </Button>
    </li>
  );
}

interface LabelProps {
  readonly id: string;
  /** What a screen reader says it is for. */
  readonly spoken: string;
  readonly value: string;
  readonly onChange: (label: string) => void;
}

export function KeyLabel({ id, spoken, value, onChange }: LabelProps) {
  return (
    <>
      <label htmlFor={id} className="only-spoken">
        {spoken}
      </label>
      <input
        id={id}
        className="input input-short"
        placeholder="What to call it"
        maxLength={labelCharsMax}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </>
  );
}
