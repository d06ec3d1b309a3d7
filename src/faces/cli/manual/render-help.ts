/** A command's page as a person reads it in a terminal. */
import type { Paint } from "../render/paint.ts";
import { wrap } from "../render/table.ts";
import { widthOf } from "../render/width.ts";
import { endsWithMeaning, environment } from "./matters.ts";
import { inUsage, type Page } from "./pages.ts";

/** Lines longer than this are hard to read, however wide the terminal. */
const columnsMost = 96;
const columnsInPipe = 80;

export function renderHelp(page: Page, pages: readonly Page[], paint: Paint): string {
  const text = renderPage(page, pages, paint);
  return page.name === "" ? text : `${text}\n\n${paint.dim("More:")} tidegate man ${page.name}`;
}

/** The page and those of its subcommands, one below the other: the manual page where there is no man. */
export function renderManual(page: Page, pages: readonly Page[], paint: Paint): string {
  const below =
    page.name === "" ? [] : pages.filter(({ name }) => name.startsWith(`${page.name} `));
  return [page, ...below].map((each) => renderPage(each, pages, paint)).join("\n\n\n");
}

function renderPage(page: Page, pages: readonly Page[], paint: Paint): string {
  const columns = Math.min(paint.columns ?? columnsInPipe, columnsMost);
  const head = page.name === "" ? page.summary : `${page.summary}.`;
  const parts = [
    `${paint.bold("Usage:")} ${page.usage}`,
    wrapped(head.charAt(0).toUpperCase() + head.slice(1), columns),
    ...page.details.map((paragraph) => wrapped(paragraph, columns)),
    ...listsOf(page, pages).map(([title, rows]) => section(title, rows, { paint, columns })),
    page.examples.length === 0 ? "" : examplesOf(page, paint),
    page.name === "" ? end(paint, columns) : "",
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

type Row = readonly [name: string, about: string];

function listsOf(
  page: Page,
  pages: readonly Page[],
): readonly (readonly [string, readonly Row[]])[] {
  const children = pages.filter(({ name }) => name !== "" && parentOf(name) === page.name);
  const headings = [...new Set(children.map(({ heading }) => heading))];
  const groups = headings.map((heading) => {
    const rows = children
      .filter((child) => child.heading === heading)
      .map((child): Row => [typedAs(child), child.summary]);
    return [heading === "" ? "Commands" : heading, rows] as const;
  });
  const options = page.options.map((option): Row => {
    const usual = option.usual === undefined ? "" : ` (default: ${option.usual})`;
    const choices = option.choices.length === 0 ? "" : ` (${option.choices.join(" or ")})`;
    const must = option.isRequired ? " (required)" : "";
    return [option.flags, `${option.about}${choices}${usual}${must}`];
  });
  const help: Row = ["-h, --help", "say how it is used"];
  return [...groups, ["Options", [...options, help]]];
}

/** Of the list: the command with its words, without the options. */
function typedAs({ name, words, commands }: Page): string {
  const last = name.split(" ").at(-1) ?? "";
  return [last, ...(commands.length > 0 ? ["…"] : []), ...words.map((word) => inUsage(word))].join(
    " ",
  );
}

export function parentOf(name: string): string {
  return name.split(" ").slice(0, -1).join(" ");
}

interface Around {
  readonly paint: Paint;
  readonly columns: number;
}

function section(title: string, rows: readonly Row[], { paint, columns }: Around): string {
  const names = Math.max(...rows.map(([name]) => widthOf(name)));
  // On a narrow terminal what it does stands below its name.
  const isNarrow = columns < names + 30;
  const lines = rows.flatMap(([name, about]) => {
    if (isNarrow) return [`  ${name}`, ...wrap(about, columns - 6).map((line) => `      ${line}`)];
    const [first = "", ...more] = wrap(about, columns - names - 4);
    const rest = more.map((line) => `${" ".repeat(names + 4)}${line}`);
    return [`  ${name.padEnd(names)}  ${first}`, ...rest];
  });
  return [paint.bold(`${title}:`), ...lines].join("\n");
}

function examplesOf({ examples }: Page, paint: Paint): string {
  const width = Math.max(...examples.map(({ command }) => command.length));
  const lines = examples.map(
    ({ command, comment }) => `  ${command.padEnd(width)}  ${paint.dim(`# ${comment}`)}`,
  );
  return [paint.bold("Examples:"), ...lines].join("\n");
}

function end(paint: Paint, columns: number): string {
  const codes = endsWithMeaning.map(({ code, short }): Row => [String(code), short]);
  const variables = environment.map(({ name, about }): Row => [name, about]);
  return [
    [paint.bold("First delivery:"), ...firstDelivery.map((line) => `  ${line}`)].join("\n"),
    section("Exit codes", codes, { paint, columns }),
    section("Environment", variables, { paint, columns }),
    `${paint.dim("More:")} tidegate help COMMAND, tidegate man, and /docs of a running instance`,
  ].join("\n\n");
}

const firstDelivery = [
  "tidegate up --detach",
  "tidegate app create shop && tidegate link shop",
  "git push tide main",
];

function wrapped(text: string, columns: number): string {
  return wrap(text, columns).join("\n");
}
