/** A traceback, as Python prints it. Pure. */
import { pythonFrame, tellingFrame } from "./frames.ts";
import { framedLinesMax } from "./limits.ts";
import type { Found, Frame } from "./logged-error.ts";
import { saidIn, type Said } from "./message.ts";

export const pythonHead = "Traceback (most recent call last):";

/** Reads the traceback that begins at `index`; the last of a chain is the one that was not caught. */
export function pythonError(texts: readonly string[], index: number, root: string): Found {
  if (drawn.test(texts[index] ?? "")) return groupError(texts, index, root);
  let frames: Frame[] = [];
  let said: Said = { message: "" };
  let end = index + 1;
  for (; end < Math.min(texts.length, index + framedLinesMax); end += 1) {
    const text = texts[end] ?? "";
    const frame = pythonFrame(text, root);
    if (frame !== undefined) frames.unshift(frame);
    else if (text.includes(pythonHead)) frames = [];
    else if (text !== "" && !/^\s/.test(text)) {
      said = saidIn(text);
      const isChained = /^(?:During handling|The above exception)/.test(texts[end + 2] ?? "");
      if (!isChained) return found(said, frames, end - index + 1);
      end += 2;
    }
  }
  return found(said, frames, end - index);
}

/** A group of exceptions is drawn with bars: what it is called comes first, then each of its exceptions. */
const drawn = /^\s+[|+]/;

function groupError(texts: readonly string[], index: number, root: string): Found {
  const frames: Frame[] = [];
  let said: Said | undefined;
  let end = index + 1;
  for (; end < Math.min(texts.length, index + framedLinesMax); end += 1) {
    const text = texts[end] ?? "";
    if (!drawn.test(text)) break;
    const [, inside = ""] = /^\s+\| ?(.*)$/.exec(text) ?? [];
    const frame = said === undefined ? pythonFrame(inside, root) : undefined;
    if (frame !== undefined) frames.unshift(frame);
    else if (/^\S/.test(inside)) said ??= saidIn(inside);
  }
  return found(said ?? { message: "" }, frames, end - index);
}

function found(said: Said, frames: readonly Frame[], lines: number): Found {
  const at = tellingFrame(frames);
  return { ...said, ...(at === undefined ? {} : { at }), lines };
}
