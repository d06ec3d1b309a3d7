/** What is kept, for whom, and how much room is left. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ask } from "../../api/ask.ts";
import { Empty, Section } from "../../ui/page.tsx";
import { bytes, count, percent } from "../../ui/words.ts";
import { WideTable } from "../../ui/wide-table.tsx";

const columns = ["App", "Artifacts", "Their size", "Cached steps", "Their size in the cache"];

export function StorageView() {
  const { data } = useSuspenseQuery(ask("GET /api/v1/storage", {}));
  const { disk, databaseBytes, journalEntries, apps } = data;
  const sums = apps.reduce(
    (sum, { artifacts, steps }) => ({
      artifacts: sum.artifacts + artifacts.sizeBytes,
      steps: sum.steps + steps.sizeBytes,
    }),
    { artifacts: 0, steps: 0 },
  );
  return (
    <div className="parts">
      <Section title="Storage" id="storage" json={data}>
        <dl className="facts">
          <div>
            <dt>Disk</dt>
            <dd>
              {bytes(disk.freeBytes)} free of {bytes(disk.sizeBytes)} (
              {percent(disk.sizeBytes === 0 ? 0 : disk.freeBytes / disk.sizeBytes)})
            </dd>
          </div>
          <div>
            <dt>Database</dt>
            <dd>
              {bytes(databaseBytes)}, with {count(journalEntries)} entries in the journal
            </dd>
          </div>
          <div>
            <dt>Artifacts</dt>
            <dd>{bytes(sums.artifacts)}</dd>
          </div>
          <div>
            <dt>Build cache</dt>
            <dd>{bytes(sums.steps)}</dd>
          </div>
        </dl>
      </Section>
      <Section title="By app" id="by-app" note="the largest first">
        {apps.length === 0 ? (
          <Empty>Nothing has been built yet.</Empty>
        ) : (
          <WideTable label="What each app takes" columns={columns}>
            {apps.map(({ app, artifacts, steps }) => (
              <tr key={app}>
                <th scope="row">
                  <Link to="/apps/$app" params={{ app }} aria-label={app}>
                    <bdi>{app}</bdi>
                  </Link>
                </th>
                <td>{count(artifacts.count)}</td>
                <td>{bytes(artifacts.sizeBytes)}</td>
                <td>{count(steps.count)}</td>
                <td>{bytes(steps.sizeBytes)}</td>
              </tr>
            ))}
          </WideTable>
        )}
        <p className="soft small">
          Sizes are those at the time they were made; files that several share count for each.
        </p>
      </Section>
    </div>
  );
}
