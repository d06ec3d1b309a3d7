/** Accounts elsewhere by which one may come in from then on. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { ask } from "../../api/ask.ts";
import { Notice } from "../../ui/notice.tsx";
import { Section } from "../../ui/page.tsx";

const here = "/settings/security";

export function ProviderSection() {
  const { data: ways } = useSuspenseQuery(ask("GET /api/v1/session/ways", {}));
  if (ways.providers.length === 0) return null;
  // The provider sends the browser back to where it was told to: only then is the account linked.
  const linked = new URLSearchParams(globalThis.location.search).get("linked");
  const done = ways.providers.find(({ name }) => name === linked);
  return (
    <Section title="Accounts elsewhere" id="providers" json={ways.providers}>
      {done === undefined ? null : (
        <Notice tone="good" title={`Your account of ${done.title} lets you in from now on.`} />
      )}
      <ul className="stack-tight">
        {ways.providers.map(({ name, title, startUrl }) => {
          const back = `${here}?${new URLSearchParams({ linked: name })}`;
          const query = new URLSearchParams({ link: "yes", return: back });
          return (
            <li key={name}>
              <a className="button" href={`${startUrl}?${query}`}>
                Link an account of {title}
              </a>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
