/** Evidence that was checked, as text. */
import type { ChangeResource } from "#faces/api/contract";
import type { EvidenceChecked } from "../commands/evidence.ts";
import type { Paint } from "./paint.ts";
import { plain } from "./plain.ts";
import { renderTable } from "./table.ts";
import { counted, short } from "./words.ts";

/** All of it was said by the instance, which must not be able to hide what is said about it. */
export function renderEvidence(
  { artifact, isGenuine, keyFrom, statements, problem = "" }: EvidenceChecked,
  { commit, subject }: Pick<ChangeResource, "commit" | "subject">,
  paint: Paint,
): string {
  const head = `${plain(short(commit))} ${paint.bold(plain(subject))}\n${plain(artifact)}`;
  if (!isGenuine) return `${head}\nnot to be trusted: ${plain(problem)}`;
  const rows = statements.map(({ predicateType, bundle, builder }) => [
    plain(predicateType.replace("https://", "")),
    plain(bundle.slice(0, 19)),
    plain(builder?.replace("https://", "") ?? ""),
  ]);
  const columns = [{ title: "statement" }, { title: "bundle" }, { title: "builder" }];
  const whose = keyFrom === "file" ? "the key that you gave" : "the key that the instance names";
  return `${head}\n\n${renderTable(columns, rows, paint)}\n\n${counted(statements.length, "statement")} about this artifact, signed with ${whose}`;
}
