/** What pages are made of: a heading with its title in the window, and sections with ways to take them along. */
import "./page.css";
import { type ReactNode, useEffect } from "react";
import { Take } from "./take.tsx";

export interface PageProps {
  readonly title: string;
  /** Drawn instead of the title, where a heading is more than text. */
  readonly heading?: ReactNode;
  /** Above the heading: where this is. */
  readonly above?: ReactNode;
  /** Beside the heading: what can be done. */
  readonly beside?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, heading, above, beside, children }: PageProps) {
  useEffect(() => {
    document.title = title === "Tidegate" ? title : `${title} · Tidegate`;
  }, [title]);
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-title">
          {above === undefined ? null : <div className="page-above">{above}</div>}
          {heading ?? (
            // The router moves focus here, so that a reader's place is the new page.
            <h1 tabIndex={-1} dir="auto">
              {title}
            </h1>
          )}
        </div>
        {beside}
      </header>
      {children}
    </div>
  );
}

export interface SectionProps {
  readonly title: string;
  /** Part of a deep link: `#tests`. */
  readonly id: string;
  readonly note?: ReactNode;
  /** The same on the command line. */
  readonly command?: string | undefined;
  /** The same as the API has it. */
  readonly json?: unknown;
  readonly children: ReactNode;
}

export function Section({ title, id, note, command, json, children }: SectionProps) {
  return (
    <section className="section" id={id} aria-labelledby={`${id}-title`}>
      <div className="section-head">
        <div className="section-name">
          <h2 id={`${id}-title`}>{title}</h2>
          {note === undefined ? null : <div className="soft small">{note}</div>}
        </div>
        <div className="section-take">
          <Take title={title} command={command} json={json} />
        </div>
      </div>
      {children}
    </section>
  );
}

/** Nothing is here, and what would bring something. */
export function Empty({ children }: { readonly children: ReactNode }) {
  return <div className="empty">{children}</div>;
}
