/** Where the app lives: its addresses and previews, and every instance that runs or ran for what is live. */
import { Link } from "@tanstack/react-router";
import type { AppResource, ReleaseResource } from "#faces/api/contract";
import { useRefusal } from "../../shell/use-rights.ts";
import { Empty, Section } from "../../ui/page.tsx";
import { StateWord } from "../../ui/state-word.tsx";
import { WideTable } from "../../ui/wide-table.tsx";
import { instanceStates } from "./release-states.ts";

const domainsShown = 3;
const columns = ["Release", "Process", "Instance", "State", "Restarts", "Log"];

interface EnvironmentProps {
  readonly app: AppResource;
  readonly releases: readonly ReleaseResource[];
}

export function EnvironmentSection({ app, releases }: EnvironmentProps) {
  const running = releases.filter(({ instances }) =>
    instances.some(({ state }) => state !== "exited"),
  );
  const preview = app.environments[0]?.rollout?.previewUrl;
  const rows = running.flatMap((release) =>
    release.instances.map((instance) => ({ release, instance })),
  );
  return (
    <Section
      title="Production"
      id="production"
      command={`tidegate app show ${app.name}`}
      json={app}
      note="the one environment an app has for now"
    >
      <Facts app={app} preview={preview} />
      {rows.length === 0 ? (
        <Empty>No instance runs.</Empty>
      ) : (
        <Instances app={app.name} rows={rows} />
      )}
    </Section>
  );
}

interface FactsProps {
  readonly app: AppResource;
  readonly preview: string | undefined;
}

function Facts({ app, preview }: FactsProps) {
  return (
    <dl className="facts">
      <div>
        <dt>Address</dt>
        <dd>
          <a href={app.url} rel="noreferrer">
            {app.url}
          </a>
        </dd>
      </div>
      <div>
        <dt>Domains</dt>
        <dd>
          <Domains app={app} />
        </dd>
      </div>
      <div>
        <dt>Preview</dt>
        <dd>
          {preview === undefined ? (
            <span className="soft">none: a rollout whose policy has a preview has one</span>
          ) : (
            <a href={preview} rel="noreferrer">
              {preview}
            </a>
          )}
        </dd>
      </div>
      <div>
        <dt>Tracked branch</dt>
        <dd>
          <code>{app.trackedBranch}</code>
        </dd>
      </div>
    </dl>
  );
}

/** The first of its own names, and the way to all of them. */
function Domains({ app: { name, domains } }: Pick<FactsProps, "app">) {
  const mayAdd = useRefusal(name)("domain.write") === undefined;
  const rest = domains.length - domainsShown;
  return (
    <span className="dots">
      {domains.slice(0, domainsShown).map(({ host, url }) => (
        <a key={host} href={url} rel="noreferrer">
          {host}
        </a>
      ))}
      {domains.length === 0 ? <span className="soft">none of its own</span> : null}
      {domains.length === 0 && !mayAdd ? null : (
        <Link to="/apps/$app" params={{ app: name }} search={{ view: "domains" }}>
          {domains.length === 0 ? "add one" : rest > 0 ? `and ${rest} more` : "how they stand"}
        </Link>
      )}
    </span>
  );
}

interface InstancesProps {
  readonly app: string;
  readonly rows: readonly {
    readonly release: ReleaseResource;
    readonly instance: ReleaseResource["instances"][number];
  }[];
}

function Instances({ app, rows }: InstancesProps) {
  return (
    <WideTable label="Instances that run" columns={columns}>
      {rows.map(({ release, instance }) => (
        <tr key={instance.id}>
          <td>v{release.number}</td>
          <td>{instance.processType}</td>
          <td>
            <code className="nowrap">{instance.id}</code>
          </td>
          <td>
            <StateWord state={instanceStates[instance.state]} />
          </td>
          <td>{instance.restarts}</td>
          <td>
            <Link
              to="/apps/$app"
              params={{ app }}
              search={{ view: "logs", instance: instance.id }}
              aria-label={`its lines: ${instance.id}`}
            >
              its lines
            </Link>
          </td>
        </tr>
      ))}
    </WideTable>
  );
}
