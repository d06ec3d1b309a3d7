/** The signed statements about what runs, and the commands that verify them without trusting this page. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ChangeResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { Command, Copy } from "../../ui/copy.tsx";
import { Section } from "../../ui/page.tsx";
import type { Shown } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { When } from "../../ui/when.tsx";
import { counted, short } from "../../ui/words.ts";
import { evidenceName } from "./evidence-name.ts";

const genuine: Shown = { word: "signed here and about this artifact", mark: "tick", tone: "good" };
const doubtful: Shown = { word: "not to be trusted", mark: "cross", tone: "bad" };

export function EvidenceSection({ change }: { readonly change: ChangeResource }) {
  const [isOpen, setOpen] = useState(false);
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
      <details className="drawer" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          Artifact <code dir="ltr">{artifact.digest.slice(0, 19)}…</code>
        </summary>
        {isOpen ? <Statements change={change} /> : null}
      </details>
    </Section>
  );
}

function Statements({ change }: { readonly change: ChangeResource }) {
  const { data } = useQuery(
    ask("GET /api/v1/changes/:change/evidence", { params: { change: change.id } }),
  );
  if (data === undefined) return null;
  return (
    <div className="stack">
      <p>
        <StateWord state={data.isGenuine ? genuine : doubtful} />{" "}
        {data.problem === undefined ? null : <span dir="auto">{data.problem}</span>}
      </p>
      <code dir="ltr">{data.artifact}</code>
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
            {data.evidence.map(({ bundle, predicateType, createdAt }) => (
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
      <p className="soft small">
        Verify without trusting this page: the signatures and what they are about, by a public key
        that you keep; the verdict again from what was counted; and the chain of the journal.{" "}
        <Copy text={data.publicKey}>Copy the public key</Copy>
      </p>
      <Command text={`tidegate evidence verify ${short(change.commit)}`} />
      {change.rollout === undefined ? null : <Command text={replayCommand(change.rollout.id)} />}
      <Command text="tidegate journal verify" />
    </div>
  );
}

/** The verdict again from what was counted, bit for bit. */
function replayCommand(rollout: string): string {
  return `tidegate rollout counts ${rollout} > counts.ndjson && tidegate verdict replay counts.ndjson`;
}
