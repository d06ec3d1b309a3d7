/** Evidence that was checked, as text. */
import type { ChangeResource } from "#faces/api/contract";
import type { EvidenceChecked } from "../commands/evidence.ts";
import type { Paint } from "./paint.ts";
import { renderTable } from "./table.ts";
import { counted, short } from "./words.ts";

export function renderEvidence(
  { artifact, isGenuine, keyFrom, statements, problem = "" }: EvidenceChecked,
  { commit, subject }: Pick<ChangeResource, "commit" | "subject">,
  paint: Paint,
): string {
  const head = `${short(commit)} ${paint.bold(subject)}\n${artifact}`;
  if (!isGenuine) return `${head}\nnot to be trusted: ${problem}`;
  const rows = statements.map(({ predicateType, bundle, builder }) => [
    predicateType.replace("https://", ""),
    bundle.slice(0, 19),
    builder?.replace("https://", "") ?? "",
  ]);
  const columns = [{ title: "statement" }, { title: "bundle" }, { title: "builder" }];
  const whose = keyFrom === "file" ? "the key that you gave" : "the key that the instance names";
  return `${head}\n\n${renderTable(columns, rows, paint)}\n\n${counted(statements.length, "statement")} about this artifact, signed with ${whose}`;
}
