import type { ChangeResource } from "#faces/api/contract";
import { Command } from "../../ui/copy.tsx";
import { Section } from "../../ui/page.tsx";
import { When } from "../../ui/when.tsx";
import { counted, short } from "../../ui/words.ts";
import { evidenceName } from "./evidence-name.ts";

/** The signed statements about what runs, and the command that verifies them without trusting this page. */
export function EvidenceSection({ change }: { readonly change: ChangeResource }) {
  const { artifact, evidence = [] } = change;
  if (artifact === undefined) return null;
  return (
    <Section
      title="Evidence"
      id="evidence"
      note={counted(evidence.length, "signed statement")}
      command={`tidegate change show ${short(change.commit)} --json`}
      json={evidence}
    >
      <details className="drawer">
        <summary>
          Artifact <code dir="ltr">{artifact.digest.slice(0, 19)}…</code>
        </summary>
        <code className="digest" dir="ltr">
          {artifact.digest}
        </code>
        <div className="table-scroll">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Statement</th>
                <th scope="col">Kind</th>
                <th scope="col">Bundle</th>
                <th scope="col">Signed</th>
              </tr>
            </thead>
            <tbody>
              {evidence.map(({ bundle, predicateType, createdAt }) => (
                <tr key={bundle}>
                  <td>{evidenceName(predicateType)}</td>
                  <td>
                    <code dir="ltr">{predicateType}</code>
                  </td>
                  <td>
                    <code dir="ltr">{bundle.slice(0, 19)}…</code>
                  </td>
                  <td>
                    <When at={createdAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p className="soft small">Verify without trusting this page:</p>
        {change.rollout === undefined ? null : <Command text={replayCommand(change.rollout.id)} />}
        <Command text="tidegate journal verify" />
      </details>
    </Section>
  );
}

/** The verdict again from what was counted, bit for bit. */
function replayCommand(rollout: string): string {
  return `tidegate rollout counts ${rollout} > counts.ndjson && tidegate verdict replay counts.ndjson`;
}
