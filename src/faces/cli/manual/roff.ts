/** Manual pages in roff, by man(7): one for the program and one for each of its first words. */
import { conventions, endsWithMeaning, environment } from "./matters.ts";
import type { Flag, Page } from "./pages.ts";

export interface ManPage {
  /** "tidegate-rollout.1". */
  readonly file: string;
  readonly text: string;
}

/** All pages, the program's first. */
export function manPages(pages: readonly Page[], version: string): readonly ManPage[] {
  const first = pages.filter(({ name }) => !name.includes(" "));
  return first.map((page) => ({
    file: manFile(page.name),
    text: `${(page.name === "" ? program(pages, version) : command(page, pages, version)).join("\n")}\n`,
  }));
}

/** "tidegate.1", "tidegate-rollout.1". */
export function manFile(name: string): string {
  return `${titleOf(name)}.1`;
}

function titleOf(name: string): string {
  const [first = ""] = name.split(" ");
  return first === "" ? "tidegate" : `tidegate-${first}`;
}

function program(pages: readonly Page[], version: string): readonly string[] {
  const [page] = pages;
  const headings = [...new Set(pages.map(({ heading }) => heading))].filter((each) => each !== "");
  return [
    head("", page?.summary ?? "", version),
    ".SH SYNOPSIS",
    ".B tidegate",
    ".I command",
    "[\\fIoptions\\fR]",
    ".SH DESCRIPTION",
    ...paragraphs(conventions),
    ".SH COMMANDS",
    ...headings.flatMap((heading) => [
      `.SS ${escape(heading)}`,
      ...pages
        .filter((each) => each.heading === heading)
        .flatMap(({ name, summary }) => [".TP", `.BR ${titleOf(name)} (1)`, escape(summary)]),
    ]),
    ".SH EXIT STATUS",
    ...endsWithMeaning.flatMap(({ code, long }) => [".TP", `.B ${code}`, escape(long)]),
    ".SH ENVIRONMENT",
    ...environment.flatMap(({ name, about }) => [".TP", `.B ${name}`, escape(about)]),
    ".SH EXAMPLES",
    ...example("tidegate up --detach", "start Tidegate on this machine"),
    ...example("tidegate app create shop", "create an app"),
    ...example("tidegate link shop", "connect the git repository here with it"),
    ...example("git push tide main", "deliver"),
    ".SH SEE ALSO",
    ".BR git (1)",
  ];
}

function command(page: Page, pages: readonly Page[], version: string): readonly string[] {
  const own = pages.filter(({ name }) => name === page.name || name.startsWith(`${page.name} `));
  const leaves = own.filter(({ isGroup }) => !isGroup);
  const examples = own.flatMap((each) => each.examples);
  return [
    head(page.name, page.summary, version),
    ".SH SYNOPSIS",
    ...leaves.flatMap((leaf) => [".nf", `\\fB${escape(leaf.usage)}\\fR`, ".fi"]),
    ".SH DESCRIPTION",
    ...(page.isGroup
      ? leaves.flatMap((leaf) => [
          `.SS ${escape(`tidegate ${leaf.name}`)}`,
          ...described(leaf),
          ...options(leaf.options),
        ])
      : [...described(page), ".SH OPTIONS", ...options(page.options)]),
    ...(examples.length === 0
      ? []
      : [".SH EXAMPLES", ...examples.flatMap((each) => example(each.command, each.comment))]),
    ".SH EXIT STATUS",
    "As in",
    ".BR tidegate (1).",
    ".SH SEE ALSO",
    ".BR tidegate (1)",
  ];
}

/** When the manual was last read from end to end: a date of the build would make every build another page. */
const readOn = "2026-11-25";

function head(name: string, summary: string, version: string): string {
  const title = titleOf(name);
  return [
    `.\\" Made from the commands themselves by: npm run docs`,
    `.TH ${title.toUpperCase()} 1 "${readOn}" "Tidegate ${version}" "Tidegate"`,
    ".SH NAME",
    `${title} \\- ${escape(summary.replace(/\.$/, ""))}`,
  ].join("\n");
}

function described({ summary, details }: Page): readonly string[] {
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return paragraphs([sentence, ...details]);
}

function paragraphs(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text, index) => (index === 0 ? [escape(text)] : [".PP", escape(text)]));
}

function options(flags: readonly Flag[]): readonly string[] {
  return flags.flatMap((flag) => {
    const usual = flag.usual === undefined ? "" : ` (default: ${flag.usual})`;
    const choices = flag.choices.length === 0 ? "" : ` (${flag.choices.join(" or ")})`;
    return [".TP", `.B ${escape(flag.flags)}`, escape(`${flag.about}${choices}${usual}`)];
  });
}

function example(typed: string, comment: string): readonly string[] {
  return [".TP", `.B ${escape(typed)}`, escape(comment)];
}

/** What roff would take for its own: backslashes, hyphens that are typed, and a leading dot or quote. */
function escape(text: string): string {
  const plain = text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}
