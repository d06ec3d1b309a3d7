/**
 * Prints a bench's table and keeps it in `docs/benchmarks.md`, where each bench owns one section and
 * leaves the others as they are. No number without its conditions.
 */
import { readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";

export interface Report {
  readonly name: string;
  readonly title: string;
  /** What was done, in a sentence or two; the conditions of the machine are added. */
  readonly method: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Lines below the table: what the numbers do not say themselves. */
  readonly notes: readonly string[];
}

const file = new URL("../../docs/benchmarks.md", import.meta.url);

const opening = `# Benchmarks

Each section is written by \`npm run bench -- NAME\` and shows the newest run. Ratios to something
measured in the same run say more than milliseconds do: the machine may have been busy.
`;

/** Prints the report and writes its section, unless it is a part that is not to be kept. */
export async function publish(
  report: Report,
  of: { readonly loadAtStart: number; readonly isQuick: boolean; readonly isKept: boolean },
): Promise<void> {
  const quick = of.isQuick ? "a quick run, " : "";
  const section = render(report, `${quick}${conditions(of.loadAtStart)}`);
  console.log(`\n${section}`);
  if (!of.isKept) return;
  const before = await readFile(file, "utf8").catch(() => opening);
  await writeFile(file, withSection(before, report.name, section));
}

function render(report: Report, conditionsText: string): string {
  const table = [
    line(report.columns),
    line(report.columns.map(() => "---")),
    ...report.rows.map(line),
  ];
  const notes = report.notes.map((note) => `- ${note}`);
  return [
    `## ${report.title} (\`${report.name}\`)`,
    "",
    report.method,
    "",
    ...table,
    ...(notes.length === 0 ? [] : ["", ...notes]),
    "",
    `Conditions: ${conditionsText}`,
    "",
  ].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function conditions(loadAtStart: number): string {
  const all = cpus();
  const model = (all[0]?.model ?? "unknown processor").trim();
  const memoryGb = Math.round(totalmem() / 1024 ** 3);
  const load = `load ${loadAtStart.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after`;
  const day = new Date().toISOString().slice(0, 10);
  return `${all.length} cores (${model}), ${memoryGb} GB, Node ${process.versions.node}, ${day}, ${load}.`;
}

/** The page with a section put in place of the one of the same name, or at the end. Pure. */
function withSection(page: string, name: string, section: string): string {
  const parts = page.split(/^(?=## )/m);
  const isOurs = (part: string): boolean =>
    part.split("\n", 1)[0]?.endsWith(`(\`${name}\`)`) ?? false;
  const body = parts.some(isOurs)
    ? parts.map((part) => (isOurs(part) ? `${section}\n` : part))
    : [...parts.map((part) => `${part.trimEnd()}\n\n`), section];
  return `${body.join("").trimEnd()}\n`;
}
