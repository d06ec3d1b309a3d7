/** A button with its key. One that may not be pressed stays reachable, and says why. */
import { type ReactNode, useId } from "react";

export interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress: () => void;
  readonly look?: "plain" | "main" | "danger" | "quiet";
  /** Shown beside the label; the page listens for it. */
  readonly keyHint?: string;
  /** Why it may not be pressed: a phrase for people. Absent: it may. */
  readonly refusal?: string | undefined;
  readonly type?: "button" | "submit";
  readonly label?: string;
}

export function Button(props: ButtonProps) {
  const { children, onPress, look = "plain", keyHint, refusal, type = "button", label } = props;
  const id = useId();
  const isRefused = refusal !== undefined;
  return (
    <>
      <button
        type={type}
        className={look === "plain" ? "button" : `button button-${look}`}
        // Not `disabled`: a button that cannot be focused cannot say why.
        aria-disabled={isRefused}
        aria-describedby={isRefused ? id : undefined}
        aria-label={label}
        aria-keyshortcuts={keyHint}
        title={refusal}
        onClick={(event) => {
          if (isRefused) event.preventDefault();
          else onPress();
        }}
      >
        {children}
        {keyHint === undefined ? null : <kbd aria-hidden="true">{keyHint}</kbd>}
      </button>
      {isRefused ? (
        <span id={id} className="only-spoken">
          {refusal}
        </span>
      ) : null}
    </>
  );
}
