/** Places in code, as Node, Python and Go print them. Pure; every pattern is linear in its line. */
import type { Frame } from "./logged-error.ts";

/** `    at handler (/app/server.js:12:5)`, `    at async file:///app/server.js:12:5`; Java's have no column. */
export function nodeFrame(line: string, root: string): Frame | undefined {
  const trimmed = line.trimStart();
  if (trimmed === line || !trimmed.startsWith("at ")) return undefined;
  const [, named, inside, bare] =
    /^at (?:async )?(?:(.*?) ?\(([^()]*)\)|(\S+))$/.exec(withoutBrace(trimmed.trimEnd())) ?? [];
  const place = inside ?? bare;
  if (place === undefined) return undefined;
  const [, file = place, number = "0"] = /^(.+?):(\d+)(?::\d+)?$/.exec(place) ?? [];
  return frame(file.replace(/^file:\/\//, ""), Number(number), { name: named, root });
}

/** Members of an error are told in braces behind the last of its stack. */
function withoutBrace(text: string): string {
  return text.endsWith(" {") ? text.slice(0, -2) : text;
}

/** `  File "/app/app.py", line 12, in handler`. */
export function pythonFrame(line: string, root: string): Frame | undefined {
  const [, file, number, name] = /^\s+File "([^"]+)", line (\d+)(?:, in (.+))?$/.exec(line) ?? [];
  return file === undefined ? undefined : frame(file, Number(number), { name, root });
}

/** Two lines: `main.handler(...)` and, indented by a tab, `/app/main.go:12 +0x1b`. */
export function goFrame(call: string, place: string, root: string): Frame | undefined {
  const [, file, number] = /^\t(\S+\.go):(\d+)(?: \+0x[0-9a-f]+)?$/.exec(place) ?? [];
  if (file === undefined) return undefined;
  const name = call.replace(/^created by /, "").replace(/\([^()]*\)$/, "");
  const isOurs = !/^(?:runtime|net\/http|testing|reflect|sync|internal\/|panic\b)/.test(name);
  const found = frame(file, Number(number), { name, root });
  return isOurs && !call.startsWith("created by ") ? found : { ...found, isOwn: false };
}

/** Of frames with the innermost first: the first of the app's own code, or else the first. */
export function tellingFrame(frames: readonly Frame[]): Frame | undefined {
  return frames.find(({ isOwn }) => isOwn) ?? frames[0];
}

const foreign =
  /^node:|^internal\/|[/\\]node_modules[/\\]|[/\\](?:site|dist)-packages[/\\]|[/\\]lib[/\\]python\d|^<frozen |[/\\]go[/\\]src[/\\]|[/\\]pkg[/\\]mod[/\\]|^<anonymous>$|^native$/;

function frame(
  file: string,
  line: number,
  { name, root }: { readonly name: string | undefined; readonly root: string },
): Frame {
  const short = shortened(file, root);
  const isOwn = !foreign.test(file) && /[./\\]/.test(file);
  const isNamed = name !== undefined && name !== "<module>" && !name.includes("<anonymous>");
  return { file: short, line, ...(isNamed ? { in: name } : {}), isOwn };
}

/** Below the app's directory; elsewhere the last two parts, which are the same in the next release. */
function shortened(file: string, root: string): string {
  if (root !== "" && file.startsWith(`${root}/`)) return file.slice(root.length + 1);
  if (!file.startsWith("/")) return file;
  return file.split("/").slice(-2).join("/");
}
