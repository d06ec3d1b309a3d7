/** An error with a stack, as Node prints it; Java's are told alike. Pure. */
import { nodeFrame, tellingFrame } from "./frames.ts";
import { framedLinesMax, messageLinesMax } from "./limits.ts";
import type { Found, Frame } from "./logged-error.ts";
import { saidIn, typed } from "./message.ts";

/** Where the stack of an error that begins at `index` begins; a message may have several lines. */
export function stackFrom(
  texts: readonly string[],
  index: number,
  root: string,
): number | undefined {
  const head = texts[index] ?? "";
  const isHead = /^(?:Uncaught )?[\w$.]{0,60}(?:Error|Exception)\b/.test(head);
  const last = isHead ? index + messageLinesMax : index + 1;
  for (let next = index + 1; next <= last && next < texts.length; next += 1) {
    const text = texts[next] ?? "";
    if (nodeFrame(text, root) !== undefined) {
      return nodeFrame(head, root) === undefined ? next : undefined;
    }
    if (typed.test(text)) return undefined;
  }
  return undefined;
}

/** Reads the error that begins at `index`, whose stack begins at `from`. */
export function nodeError(
  texts: readonly string[],
  { index, from }: { readonly index: number; readonly from: number },
  root: string,
): Found {
  const { frames, end } = stackOf(texts, from, root);
  const lines = end - index;
  const said = saidIn(texts[index] ?? "");
  // Nothing that went wrong, but its stack is read with it.
  if (/Warning: /.test(texts[index] ?? "")) return { message: "", lines };
  const isOwn = frames.some((frame) => frame.isOwn);
  const at = tellingFrame(isOwn ? frames : [...shownPlace(texts, index, root), ...frames]);
  const place = at === undefined ? {} : { at };
  if (said.message !== "") return { ...said, ...place, lines };
  // Some put the message below; its last line says what it was.
  const below = texts.slice(index + 1, from).findLast((text) => text.trim() !== "");
  return { ...said, message: below?.trim() ?? "", ...place, lines };
}

/** What an error was caused by is told below it, and belongs to it. */
const belongs = /^\s*(?:\[cause\]|\[errors\]|Caused by): |^\s+\.\.\. \d+ /;

function stackOf(texts: readonly string[], from: number, root: string) {
  const frames: Frame[] = [];
  let end = from;
  for (; end < texts.length && end - from < framedLinesMax; end += 1) {
    const text = texts[end] ?? "";
    const frame = nodeFrame(text, root);
    if (frame !== undefined) frames.push(frame);
    else if (!belongs.test(text)) break;
  }
  return { frames, end };
}

/** A program that does not even parse: Node prints `/app/server.js:12`, the line, a mark, and then the error. */
function shownPlace(texts: readonly string[], index: number, root: string): readonly Frame[] {
  for (let back = index - 1; back >= Math.max(0, index - 6); back -= 1) {
    const [, place] = /^((?:file:\/\/)?\/\S+:\d+)$/.exec(texts[back] ?? "") ?? [];
    const frame = place === undefined ? undefined : nodeFrame(` at ${place}`, root);
    if (frame !== undefined) return [frame];
  }
  return [];
}
