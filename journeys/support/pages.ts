/**
 * The blocks of a page of the manual, and what is to be done with each. A mark is a comment before a block,
 * which no reader sees:
 *
 *   (none, sh)          run by bash in the page's directory; it is to end with 0
 *   exit: N             the block after it is to end with N
 *   output              the block is what the one before printed, line by line; `…` stands for anything
 *   file: NAME          the block is written to that file
 *   (none, yaml)        a tidegate.yaml, which `tidegate plan` is to accept
 *   shown by: FILE      another test has the block; the file is to be there
 *   manifests shown by: FILE   at the top of a page: another test has each of its manifests
 *   not run: WHY        it cannot be run in a test
 */
export type Block =
  | { readonly kind: "run"; readonly line: number; readonly text: string; readonly exit: number }
  | { readonly kind: "output"; readonly line: number; readonly text: string }
  | {
      readonly kind: "file";
      readonly line: number;
      readonly text: string;
      readonly name: string;
    }
  | { readonly kind: "manifest"; readonly line: number; readonly text: string }
  | { readonly kind: "elsewhere"; readonly line: number; readonly file: string }
  | { readonly kind: "not run"; readonly line: number; readonly why: string };

/** Throws for a block that says nothing of what is to be done with it: none goes unseen. */
export function blocksOf(page: string, text: string): readonly Block[] {
  const fence = /(?:^<!-- (?<mark>[^>]*?) -->\n\n?)?^```(?<language>\w*)\n(?<body>[^]*?)^```$/gm;
  const [, elsewhere] = /^<!-- manifests shown by: (.*?) -->$/m.exec(text) ?? [];
  return [...text.matchAll(fence)].map((match) => {
    const { mark = "", language = "", body = "" } = match.groups ?? {};
    const line = text.slice(0, match.index).split("\n").length;
    const [, name = "", value = ""] = /^([a-z ]+?)(?:: (.*))?$/s.exec(mark) ?? [];
    const block = blockOf({ name, value, language, body, line });
    if (block === undefined) {
      throw new Error(`${page}:${line}: a block of ${language} marked "${mark}": what is it?`);
    }
    const isElsewhere = block.kind === "manifest" && elsewhere !== undefined;
    return isElsewhere ? { kind: "elsewhere", line, file: elsewhere } : block;
  });
}

interface Fence {
  readonly name: string;
  readonly value: string;
  readonly language: string;
  readonly body: string;
  readonly line: number;
}

function blockOf({ name, value, language, body, line }: Fence): Block | undefined {
  const text = body;
  switch (name) {
    case "exit":
      return language === "sh" ? { kind: "run", line, text, exit: Number(value) } : undefined;
    case "output":
      return { kind: "output", line, text };
    case "file":
      return { kind: "file", line, text, name: value };
    case "shown by":
      return { kind: "elsewhere", line, file: value };
    case "not run":
      return { kind: "not run", line, why: value };
    default:
      if (language === "sh") return { kind: "run", line, text, exit: 0 };
      return language === "yaml" ? { kind: "manifest", line, text } : undefined;
  }
}

/** The first line of `expected` that is not in `printed` after those before it; `…` stands for anything. */
export function missingLine(expected: string, printed: string): string | undefined {
  const lines = printed.split("\n").map((line) => line.replace(/^remote: ?/, "").trimEnd());
  let from = 0;
  for (const wanted of expected.trimEnd().split("\n")) {
    if (wanted === "…") continue;
    const parts = wanted.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const pattern = new RegExp(`^${parts.join(".*")}$`);
    const at = lines.findIndex((line, index) => index >= from && pattern.test(line));
    if (at === -1) return wanted;
    from = at + 1;
  }
  return undefined;
}
