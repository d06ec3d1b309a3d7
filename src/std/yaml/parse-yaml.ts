/** YAML with the line of every value, so that a wrong one can be pointed at. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from "yaml";
import { err, type Located, type Mismatch, ok, type Result } from "#std";

const depthMax = 16; // a manifest needs 4; deeper is a mistake or an attack

/** Parses one document; aliases are refused, as a few of them can stand for gigabytes. */
export function parseYaml(text: string, file: string): Result<Located | undefined, Mismatch> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: "1.2" });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const line = lines.linePos(problem.pos[0]).line;
    const [found = ""] = problem.message.split(" at line ");
    return err({ code: "invalid_input", field: file, file, line, found, expected: "valid YAML" });
  }
  if (document.contents === null) return ok(undefined);
  try {
    return ok(located(document.contents, (node) => lines.linePos(node.range?.[0] ?? 0).line, 0));
  } catch (thrown) {
    if (thrown instanceof Unusable) return err({ ...thrown.problem, field: file, file });
    throw thrown;
  }
}

class Unusable extends Error {
  readonly problem: Omit<Mismatch, "field" | "file">;
  constructor(line: number, found: string, expected: string) {
    super(expected);
    this.problem = { code: "invalid_input", line, found, expected };
  }
}

function located(node: unknown, lineOf: (node: Node) => number, depth: number): Located {
  if (isScalar(node)) return { kind: "scalar", line: lineOf(node), value: node.value };
  if (isAlias(node)) throw new Unusable(lineOf(node), `*${node.source}`, "values without aliases");
  if (isSeq(node)) {
    const line = lineOf(node);
    if (depth > depthMax) throw new Unusable(line, "more", `at most ${depthMax} levels`);
    return {
      kind: "list",
      line,
      items: node.items.map((item) => located(item, lineOf, depth + 1)),
    };
  }
  if (isMap(node)) {
    const line = lineOf(node);
    if (depth > depthMax) throw new Unusable(line, "more", `at most ${depthMax} levels`);
    return {
      kind: "map",
      line,
      entries: node.items.map((pair) => {
        if (!isScalar(pair.key)) throw new Unusable(line, "a compound key", "plain keys");
        const keyLine = lineOf(pair.key);
        const value: Located =
          pair.value === null
            ? { kind: "scalar", line: keyLine, value: null }
            : located(pair.value, lineOf, depth + 1);
        return { key: String(pair.key.value), line: keyLine, value };
      }),
    };
  }
  return { kind: "scalar", line: 1, value: null };
}
