/** A page for each type of problem, and the list of them, from the words that the server answers with. */
import { type ProblemCode, problemCodes } from "#faces/api/contract";
import { problemPath, problemWords } from "../problems.ts";

export interface ErrorPage {
  /** "errors/not-found.md". */
  readonly file: string;
  readonly text: string;
}

export function errorsReference(): string {
  const rows = problemCodes.map((code) => {
    const { status, title } = problemWords[code];
    return `| [\`${code}\`](${fileOf(code)}) | ${status} | ${title} |`;
  });
  const parts = [
    "# Errors",
    "<!-- Made from the server's own words by: npm run docs -->",
    "Whatever the API refuses is a problem by RFC 9457, as `application/problem+json`. `type` is the address of a page that the instance serves, `detail` says what was found and what was expected, `next` what to do, and `instance` is the request's id, under which the server's log says more.",
    ["| code | status | title |", "| --- | --- | --- |", ...rows].join("\n"),
    "The command line prints `detail` and `next`, and its [exit code](cli.md#exit-codes) says whose turn it is.",
  ];
  return `${parts.join("\n\n")}\n`;
}

export function errorPages(): readonly ErrorPage[] {
  return problemCodes.map((code) => {
    const { status, title, meaning, next } = problemWords[code];
    const parts = [
      `# ${title}`,
      "<!-- Made from the server's own words by: npm run docs -->",
      meaning,
      "## What to do",
      next,
      `Status ${status}, code \`${code}\`, type \`${problemPath(code)}\`. All of them: [errors](../errors.md).`,
    ];
    return { file: fileOf(code), text: `${parts.join("\n\n")}\n` };
  });
}

function fileOf(code: ProblemCode): string {
  return `errors/${code.replaceAll("_", "-")}.md`;
}
