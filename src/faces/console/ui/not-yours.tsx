/** What a right is missing for: said where the thing would be, before anybody tries it. */
import "./not-yours.css";
import { Notice } from "./notice.tsx";
import { Section } from "./page.tsx";
import { toldOnce } from "./told-once.ts";

interface NotYoursProps {
  readonly title: string;
  readonly id: string;
  /** As `refusalOf` gives it. */
  readonly why: string;
}

/** Instead of a part of a page. */
export function NotYours({ title, id, why }: NotYoursProps) {
  return (
    <Section title={title} id={id}>
      <Notice tone="wait" title="This takes another role">
        <p>{sentence(why)}</p>
      </Notice>
    </Section>
  );
}

/** On what leads to a part that one may not see. */
export function LockMark({ why }: { readonly why: string | undefined }) {
  if (why === undefined) return null;
  return (
    <>
      <svg className="lock" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M4.5 7V5a3.5 3.5 0 0 1 7 0v2M3.5 7h9v6.5h-9z" />
      </svg>
      <span className="only-spoken">, takes another role</span>
    </>
  );
}

/** Beside buttons that cannot be pressed: each reason once, for those who cannot hover. */
export function Missing({ whys }: { readonly whys: readonly (string | undefined)[] }) {
  const told = toldOnce(whys);
  if (told.length === 0) return null;
  return (
    <ul className="missing soft small">
      {told.map((why) => (
        <li key={why}>{sentence(why)}</li>
      ))}
    </ul>
  );
}

function sentence(phrase: string): string {
  return `${phrase.slice(0, 1).toUpperCase()}${phrase.slice(1)}.`;
}
