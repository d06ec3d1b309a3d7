/** Single keys that do things, except where somebody writes or a question is open. */
import { useEffect, useRef } from "react";

export type Keys = Readonly<Record<string, (() => void) | undefined>>;

const sequenceMs = 1_200;

/** Listens while mounted. `a` is a key, `g o` two in a row; a name is what `KeyboardEvent.key` says. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    let first = { key: "", at: 0 };
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || hasModifier(event) || isTaken(event.target)) return;
      const isSecond = event.timeStamp - first.at < sequenceMs;
      const both = isSecond ? latest.current[`${first.key} ${event.key}`] : undefined;
      const found = both ?? latest.current[event.key];
      first = { key: event.key, at: event.timeStamp };
      if (found === undefined) return;
      event.preventDefault();
      found();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

function hasModifier(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.altKey;
}

/** Keys belong to a field that is written in, and to an open question. */
function isTaken(target: EventTarget | null): boolean {
  if (document.querySelector("dialog[open]") !== null) return true;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(?:input|textarea|select)$/i.test(target.tagName);
}
