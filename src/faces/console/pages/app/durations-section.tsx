/** From push to live, and what each stage takes and waits: medians and tails. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { formatDurationMs } from "#std";
import type { DurationsResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { Empty, Section } from "../../ui/page.tsx";
import { WideTable } from "../../ui/wide-table.tsx";
import { counted } from "../../ui/words.ts";

const columns = [
  "What",
  "Half of them within",
  "Nine in ten",
  "99 in a hundred",
  "Waited before, half of them",
];

type Spread = DurationsResource["pushToLiveMs"];

export function DurationsSection({ app }: { readonly app?: string }) {
  const ofApp = app === undefined ? {} : { app };
  const { data } = useSuspenseQuery(ask("GET /api/v1/durations", { query: ofApp }));
  const { pushToLiveMs, stages } = data;
  return (
    <Section
      title="From push to live"
      id="durations"
      note={
        data.changes === 1
          ? "the last change that everybody got"
          : `the last ${counted(data.changes, "change")} that everybody got`
      }
      json={data}
    >
      {pushToLiveMs === undefined ? (
        <Empty>Nothing has gone live yet.</Empty>
      ) : (
        <WideTable label="How long deliveries took" columns={columns}>
          <Row name="push to live" spread={pushToLiveMs} waited={undefined} />
          {stages.map(({ name, tookMs, waitedMs }) => (
            <Row key={name} name={name} spread={tookMs} waited={waitedMs} />
          ))}
        </WideTable>
      )}
    </Section>
  );
}

interface RowProps {
  readonly name: string;
  readonly spread: Spread;
  readonly waited: Spread;
}

function Row({ name, spread, waited }: RowProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {([spread?.p50, spread?.p90, spread?.p99, waited?.p50] as const).map((ms, index) => (
        <td key={index}>{ms === undefined ? "–" : formatDurationMs(ms)}</td>
      ))}
    </tr>
  );
}
