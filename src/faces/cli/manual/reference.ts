/** The reference of the command line as Markdown, from the commands themselves. */
import { conventions, endsWithMeaning, environment } from "./matters.ts";
import type { Flag, Page } from "./pages.ts";

/** What all commands take is said once. */
const common = new Set(["--json", "--data", "--dry-run"]);

export function referenceOf(pages: readonly Page[]): string {
  const [root] = pages;
  const leaves = pages.filter(({ isGroup }) => !isGroup);
  const headings = [...new Set(pages.map(({ heading }) => heading))].filter((each) => each !== "");
  const parts = [
    "# The command line",
    "<!-- Made from the commands themselves by: npm run docs -->",
    `${root?.summary ?? ""} This page is made from the same source as \`tidegate help\` and \`tidegate man\`.`,
    ...conventions,
    "## Exit codes",
    table(
      ["code", "means"],
      endsWithMeaning.map(({ code, long }) => [String(code), long]),
    ),
    "## Environment",
    table(
      ["variable", "is"],
      environment.map(({ name, about }) => [`\`${name}\``, about]),
    ),
    "## Options that many commands have",
    optionsTable(commonOptions(leaves)),
    ...headings.flatMap((heading) => [
      `## ${heading}`,
      ...pages.filter((page) => page.heading === heading).flatMap((page) => section(page, pages)),
    ]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function commonOptions(leaves: readonly Page[]): readonly Flag[] {
  const all = leaves.flatMap(({ options }) => options);
  return [...common].flatMap((long) => all.find((option) => option.long === long) ?? []);
}

function section(page: Page, pages: readonly Page[]): readonly string[] {
  if (!page.isGroup) return leaf(page);
  const own = pages.filter(({ name }) => name.startsWith(`${page.name} `));
  return own.flatMap((each) => leaf(each));
}

function leaf(page: Page): readonly string[] {
  const { name, summary, details, usage, examples, words } = page;
  const options = page.options.filter(({ long }) => !common.has(long));
  const choices = words.filter((word) => word.choices.length > 0);
  return [
    `### tidegate ${name}`,
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    `\`\`\`text\n${usage}\n\`\`\``,
    ...details,
    ...choices.map((word) => `\`${word.name}\` is one of: ${word.choices.join(", ")}.`),
    ...(page.isChanging ? ["It changes something, and takes `--dry-run`."] : []),
    ...(options.length === 0 ? [] : [optionsTable(options)]),
    ...(examples.length === 0
      ? []
      : [
          `\`\`\`text\n${examples.map((each) => `${each.command}  # ${each.comment}`).join("\n")}\n\`\`\``,
        ]),
  ];
}

function optionsTable(options: readonly Flag[]): string {
  const rows = options.map(({ flags, about, usual, choices, isRequired }) => {
    const more = [
      choices.length === 0 ? "" : `one of ${choices.join(", ")}`,
      usual === undefined ? "" : `default ${usual}`,
      isRequired ? "required" : "",
    ].filter((each) => each !== "");
    return [`\`${flags}\``, more.length === 0 ? about : `${about} (${more.join("; ")})`];
  });
  return table(["option", "does"], rows);
}

export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return [titles, titles.map(() => "---"), ...rows].map((row) => rowOf(row)).join("\n");
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}
