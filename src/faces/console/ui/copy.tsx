/** Puts text on the clipboard and says so where it was asked for. */
import { useEffect, useState } from "react";
import { Button } from "./button.tsx";

export interface CopyProps {
  readonly text: string | (() => string);
  readonly children: string;
  readonly label?: string;
}

/** How long what came of it is said. */
export const saidMs = 2_000;

export function Copy({ text, children, label }: CopyProps) {
  const [outcome, setOutcome] = useState<"copied" | "refused">();
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), saidMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : text());
      setOutcome("copied");
    } catch {
      // The browser gives no clipboard here (plain HTTP on a name); it says so instead of nothing.
      setOutcome("refused");
    }
  };
  return (
    <span aria-live="polite">
      <Button
        look="quiet"
        onPress={() => void copy()}
        {...(label === undefined || outcome !== undefined ? {} : { label })}
      >
        {outcome === undefined ? children : outcome === "copied" ? "Copied" : "No clipboard here"}
      </Button>
    </span>
  );
}

/** A command to copy, shown whole. */
export function Command({ text }: { readonly text: string }) {
  return (
    <span className="command">
      <code dir="ltr">{text}</code>
      <Copy text={text} label={`Copy the command ${text}`}>
        Copy
      </Copy>
    </span>
  );
}
