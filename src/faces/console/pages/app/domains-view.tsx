/** Names of an app's own: how it stands with each, what is left to do, one more, one fewer. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { appDomainsMax } from "#domain";
import type { AppResource, DomainResource } from "#faces/api/contract";
import { call } from "../../api/call.ts";
import { useRefusal } from "../../shell/use-rights.ts";
import { Button } from "../../ui/button.tsx";
import { Command } from "../../ui/copy.tsx";
import { explain } from "../../ui/explain.ts";
import { ManualLink } from "../../ui/manual-link.tsx";
import { Missing } from "../../ui/not-yours.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Empty, Section } from "../../ui/page.tsx";
import { StateWord } from "../../ui/state-word.tsx";
import { When } from "../../ui/when.tsx";
import { domainShown } from "./domain-state.ts";
import { RemoveDomainDialog } from "./remove-domain-dialog.tsx";

export function DomainsView({ app }: { readonly app: AppResource }) {
  const mayNot = useRefusal(app.name)("domain.write");
  const [asked, setAsked] = useState<DomainResource>();
  const { domains } = app;
  const pointTo = domains.find((domain) => domain.pointTo !== undefined)?.pointTo;
  return (
    <Section
      title="Domains"
      id="domains"
      note={`beside ${hostOf(app.url)}`}
      command={`tidegate domain list ${app.name}`}
      json={{ domains }}
    >
      <AddDomain app={app} refusal={mayNot ?? fullWords(domains.length)} />
      <Missing whys={[mayNot]} />
      {domains.length === 0 ? (
        <Empty>Users reach it by {hostOf(app.url)} alone.</Empty>
      ) : (
        <ul>
          {domains.map((domain) => (
            <DomainRow
              key={domain.host}
              domain={domain}
              refusal={mayNot}
              onRemove={() => setAsked(domain)}
            />
          ))}
        </ul>
      )}
      <p className="soft small">
        {pointTo === undefined ? null : (
          <>
            Where no CNAME may stand, as at the top of a zone, A and AAAA records with the addresses
            of <code>{pointTo}</code> do.{" "}
          </>
        )}
        In the manual:{" "}
        <ManualLink page="how-to/serve-an-app-by-its-own-domain">
          Serve an app by its own domain
        </ManualLink>
        .
      </p>
      {asked === undefined ? null : (
        <RemoveDomainDialog app={app} host={asked.host} onClose={() => setAsked(undefined)} />
      )}
    </Section>
  );
}

interface AddDomainProps {
  readonly app: AppResource;
  readonly refusal: string | undefined;
}

function AddDomain({ app, refusal }: AddDomainProps) {
  const queries = useQueryClient();
  const [host, setHost] = useState("");
  const act = useMutation({
    mutationFn: (wanted: string) =>
      call("POST /api/v1/apps/:app/domains", { params: { app: app.name }, body: { host: wanted } }),
    // What was typed meanwhile stays.
    onSuccess: (_, wanted) => setHost((typed) => (typed === wanted ? "" : typed)),
    onSettled: () => queries.invalidateQueries(),
  });
  const refused = act.error === null ? undefined : explain(act.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (act.isPending || host === "" || refusal !== undefined) return;
    act.mutate(host);
  };
  return (
    <>
      <form className="domain-form" onSubmit={submit} autoComplete="off">
        <label className="field">
          <span className="label">One more name</span>
          <input
            className="input mono"
            value={host}
            required
            placeholder="www.example.com"
            inputMode="url"
            autoCapitalize="off"
            spellCheck={false}
            onChange={({ target }) => setHost(target.value.trim())}
          />
        </label>
        <Button type="submit" look="main" refusal={refusal} onPress={() => undefined}>
          {act.isPending ? "Adding" : "Add"}
        </Button>
      </form>
      {refused === undefined ? null : (
        <Notice tone="bad" title={`Nothing was added: ${refused.sentence}`} isUrgent>
          <p className="soft">{refused.next}</p>
        </Notice>
      )}
    </>
  );
}

interface DomainRowProps {
  readonly domain: DomainResource;
  readonly refusal: string | undefined;
  readonly onRemove: () => void;
}

function DomainRow({ domain, refusal, onRemove }: DomainRowProps) {
  const { state, next, againAt, record } = domainShown(domain);
  return (
    <li className="domain-row">
      <StateWord state={state} />
      <div className="stack-tight">
        <a href={domain.url} rel="noreferrer" dir="ltr">
          {domain.host}
        </a>
        {next === undefined ? null : (
          <p className="soft small">
            {next}
            {againAt === undefined ? null : (
              <>
                {" "}
                It is asked again by itself: <When at={againAt} />.
              </>
            )}
          </p>
        )}
        {record === undefined ? null : <Command text={record} />}
      </div>
      <Button look="quiet" label={`Remove ${domain.host}`} refusal={refusal} onPress={onRemove}>
        Remove
      </Button>
    </li>
  );
}

function fullWords(found: number): string | undefined {
  return found < appDomainsMax
    ? undefined
    : `an app has at most ${appDomainsMax} domains: remove one first`;
}

function hostOf(url: string): string {
  return url.replace(/^https?:\/\//, "");
}
