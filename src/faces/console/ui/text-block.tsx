/** Lines that somebody else wrote, as they are. Wide ones scroll, so the keyboard must reach the block. */
import { stripControls } from "./log-text.ts";

interface TextBlockProps {
  readonly label: string;
  readonly text: string;
}

export function TextBlock({ label, text }: TextBlockProps) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must take the keyboard
    <pre className="code-block" dir="ltr" tabIndex={0} role="region" aria-label={label}>
      {stripControls(text)}
    </pre>
  );
}
