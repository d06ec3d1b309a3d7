/** A patch: additions and removals told by sign and colour; lines out of sight are not laid out. */
import "./diff-lines.css";
import { stripControls } from "./log-text.ts";

interface DiffLinesProps {
  readonly patch: string;
  readonly isCut: boolean;
}

type Kind = "added" | "removed" | "place" | "file" | "same";

/** More lines than this are read in an editor, not on a page. */
const linesMax = 5_000;

export function DiffLines({ patch, isCut }: DiffLinesProps) {
  const lines = patch.split("\n");
  const shown = lines.slice(0, linesMax);
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it */}
      <pre className="diff" dir="ltr" tabIndex={0} role="region" aria-label="The lines that change">
        {shown.map((line, index) => (
          <span key={index} className={`diff-line diff-${kindOf(line)}`}>
            {stripControls(line)}
          </span>
        ))}
      </pre>
      {isCut || shown.length < lines.length ? (
        <p className="soft small">This is its beginning; git has the rest.</p>
      ) : null}
    </>
  );
}

function kindOf(line: string): Kind {
  if (/^(?:diff |index |--- |\+\+\+ |new file|deleted file|rename |similarity )/.test(line)) {
    return "file";
  }
  if (line.startsWith("@@")) return "place";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "same";
}
