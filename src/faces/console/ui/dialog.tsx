/** A question above the page. The browser's own dialog: it keeps focus, and Escape closes it. */
import "./dialog.css";
import { type ReactNode, useEffect, useRef } from "react";

export interface DialogProps {
  readonly label: string;
  readonly onClose: () => void;
  readonly look?: "question" | "palette";
  readonly children: ReactNode;
}

export function Dialog({ label, onClose, look = "question", children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    // Escape is the key for a click beside it, and the browser handles that.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={element}
      className={`dialog dialog-${look}`}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <div className="dialog-inside">{children}</div>
    </dialog>
  );
}
