/** Whether what is named ends along with something else. */
import type { ReactNode } from "react";

export type Then = "end" | "keep";

interface EndingChoiceProps {
  readonly then: Then;
  readonly onChange: (then: Then) => void;
  readonly named: readonly { readonly id: string; readonly label: string }[];
  /** What comes before the names. */
  readonly children: ReactNode;
}

export function EndingChoice({ then, onChange, named, children }: EndingChoiceProps) {
  return (
    <label className="tokens-choice">
      <input
        type="checkbox"
        checked={then === "end"}
        onChange={({ target }) => onChange(target.checked ? "end" : "keep")}
      />
      <span>
        {children}{" "}
        {named.map(({ id, label }, index) => (
          <span key={id}>
            {index === 0 ? "" : ", "}
            <bdi>{label}</bdi>
          </span>
        ))}
      </span>
    </label>
  );
}
