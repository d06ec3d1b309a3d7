/**
 * Many small texts as few large ones. The rules cost 4 ms a call and next to nothing a line, so a
 * first push of a thousand files would wait seconds for what takes tens of milliseconds.
 */

export interface SourceText {
  readonly path: string;
  readonly text: string;
}

export interface TextBatch {
  /** Name for the rules that look at one; never a path that leads anywhere. */
  readonly fileName: string;
  readonly text: string;
  /** The parts, by the line they begin at (1 is the first). */
  readonly parts: readonly { readonly path: string; readonly firstLine: number }[];
}

/** Groups texts into batches of about `lengthMax`; what needs its own name or comments stays alone. */
export function batchTexts(texts: readonly SourceText[], lengthMax: number): readonly TextBatch[] {
  const batches: TextBatch[] = [];
  let parts: { path: string; firstLine: number }[] = [];
  let text = "";
  let lines = 1;
  const flush = (): void => {
    if (parts.length > 0) batches.push({ fileName: "text.txt", text, parts });
    parts = [];
    text = "";
    lines = 1;
  };
  for (const source of texts) {
    const own = `${source.text}\n`;
    const fileName = ruleName(source.path);
    if (fileName !== undefined || own.includes("secretlint-")) {
      const alone = { path: source.path, firstLine: 1 };
      batches.push({ fileName: fileName ?? "text.txt", text: own, parts: [alone] });
      continue;
    }
    if (text.length + own.length > lengthMax) flush();
    parts.push({ path: source.path, firstLine: lines });
    text += own;
    lines += lineBreaks(own);
  }
  flush();
  return batches;
}

/** Whose line it is, and which line there. */
export function locate(
  batch: TextBatch,
  line: number,
): { readonly path: string; readonly line: number } {
  const part = batch.parts.findLast(({ firstLine }) => firstLine <= line);
  return { path: part?.path ?? "", line: line - (part?.firstLine ?? 1) + 1 };
}

/** The rules for npm and Google Cloud go by the name of the file. */
function ruleName(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name.endsWith(".npmrc")) return ".npmrc";
  if (name.endsWith("package.json") || name.endsWith("package-lock.json")) return "package.json";
  return name.endsWith(".json") ? "data.json" : undefined;
}

/** Counts line breaks as the rules do. */
function lineBreaks(text: string): number {
  return text.match(/\r\n|[\r\n\u2028\u2029]/g)?.length ?? 0;
}
