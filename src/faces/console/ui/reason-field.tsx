/** Why something is done, for the journal: one line, in the words of who does it. */
import { useId } from "react";

const reasonCharsMax = 500;

interface ReasonFieldProps {
  readonly value: string;
  readonly onChange: (reason: string) => void;
  /** What is said where it cannot be left out; absent: it can. */
  readonly neededFor?: string | undefined;
}

export function ReasonField({ value, onChange, neededFor }: ReasonFieldProps) {
  const id = useId();
  const isNeeded = neededFor !== undefined;
  return (
    <div className="field">
      <label htmlFor={id}>
        {isNeeded ? "Why, for the journal" : "Why, for the journal (optional)"}
      </label>
      <input
        id={id}
        className="input"
        dir="auto"
        maxLength={reasonCharsMax}
        required={isNeeded}
        aria-describedby={isNeeded ? `${id}-why` : undefined}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
      {isNeeded ? (
        <p id={`${id}-why`} className="soft small">
          {neededFor}
        </p>
      ) : null}
    </div>
  );
}
