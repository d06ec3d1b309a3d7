/** A panic or a fatal error, as Go prints it. Pure. */
import { goFrame, tellingFrame } from "./frames.ts";
import { framedLinesMax } from "./limits.ts";
import type { Found, Frame } from "./logged-error.ts";

const head = /(?:^|\s)(panic|fatal error|http: panic serving \S+): (.*)$/;

export function isGoHead(text: string): boolean {
  return head.test(text);
}

export function goError(texts: readonly string[], index: number, root: string): Found {
  const [, word = "", said = ""] = head.exec(texts[index] ?? "") ?? [];
  const { frames, end } = stackOf(texts, index + 1, root);
  const at = tellingFrame(frames);
  return {
    type: word.startsWith("http") ? "panic" : word,
    message: said.replace(/ \[recovered\].*$/, ""),
    ...(at === undefined ? {} : { at }),
    lines: end - index,
  };
}

/** Of the goroutine that failed; the second one of a crash is another's. */
function stackOf(texts: readonly string[], from: number, root: string) {
  const frames: Frame[] = [];
  let [end, isInside] = [from, false];
  while (end < texts.length && end - from < framedLinesMax) {
    const text = texts[end] ?? "";
    const frame = goFrame(text, texts[end + 1] ?? "", root);
    if (frame !== undefined) frames.push(frame);
    else if (!isBetween(text, isInside)) break;
    isInside ||= text.startsWith("goroutine ");
    end += frame === undefined ? 1 : 2;
  }
  return { frames, end };
}

function isBetween(text: string, isInside: boolean): boolean {
  if (text.startsWith("goroutine ")) return !isInside;
  return text === "" || /^(?:\[signal |\t?panic: |exit status |\.\.\.)/.test(text);
}
