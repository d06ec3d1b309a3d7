/** Ways to take along what a section shows. One quiet button: pages have many sections, and each has its ways. */
import "./take.css";
import { type RefObject, useEffect, useId, useRef, useState } from "react";
import { Copy, saidMs } from "./copy.tsx";

export interface TakeProps {
  /** Of the section. */
  readonly title: string;
  /** The same on the command line. */
  readonly command: string | undefined;
  /** The same as the API has it. */
  readonly json: unknown;
}

export function Take({ title, command, json }: TakeProps) {
  if (json === undefined) {
    if (command === undefined) return null;
    return (
      <Copy text={command} label={`Copy as command: ${title}`}>
        Copy as command
      </Copy>
    );
  }
  const written = () => JSON.stringify(json, null, 2);
  return command === undefined ? (
    <Copy text={written} label={`Copy as JSON: ${title}`}>
      Copy as JSON
    </Copy>
  ) : (
    <TakeMenu title={title} command={command} written={written} />
  );
}

interface TakeMenuProps {
  readonly title: string;
  readonly command: string;
  readonly written: () => string;
}

function TakeMenu({ title, command, written }: TakeMenuProps) {
  const id = useId();
  const whole = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [outcome, setOutcome] = useState<string>();
  useClosing(whole, isOpen, () => setOpen(false));
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), saidMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  const copy = async (text: string) => {
    close();
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("Copied");
    } catch {
      // The browser gives no clipboard here (plain HTTP on a name); it says so instead of nothing.
      setOutcome("No clipboard here");
    }
  };
  return (
    // Escape is for whatever in it has the focus; what is pressed are the buttons within.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className="take"
      ref={whole}
      onKeyDown={(event) => {
        if (event.key === "Escape" && isOpen) close();
      }}
    >
      <button
        ref={opener}
        type="button"
        className="button button-quiet"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        <span aria-live="polite">{outcome ?? "Copy"}</span>
        <span className="only-spoken"> {title}</span>
        <svg className="take-mark" viewBox="0 0 10 6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" />
        </svg>
      </button>
      {isOpen ? (
        <ul id={id} className="take-ways">
          <li>
            <button type="button" className="take-way" onClick={() => void copy(command)}>
              <span>Copy as command</span>
              <code dir="ltr">{command}</code>
            </button>
          </li>
          <li>
            <button type="button" className="take-way" onClick={() => void copy(written())}>
              <span>Copy as JSON</span>
              <span className="soft small">as the API has it</span>
            </button>
          </li>
        </ul>
      ) : null}
    </div>
  );
}

/** Closes when somebody presses elsewhere, or walks out of it by the keyboard. */
function useClosing(
  whole: RefObject<HTMLElement | null>,
  isOpen: boolean,
  onClose: () => void,
): void {
  const latest = useRef(onClose);
  useEffect(() => {
    latest.current = onClose;
  });
  useEffect(() => {
    if (!isOpen) return undefined;
    const leave = ({ target }: Event) => {
      if (target instanceof Node && whole.current?.contains(target) !== true) latest.current();
    };
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    return () => {
      document.removeEventListener("pointerdown", leave);
      document.removeEventListener("focusin", leave);
    };
  }, [isOpen, whole]);
}
