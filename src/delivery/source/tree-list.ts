/** Reads the output of `git ls-tree -r -z -l`. */
import { parseObjectId, type TreeEntry } from "#domain";

const modes: ReadonlySet<string> = new Set(["100644", "100755", "120000", "160000"]);

/** Every file of a tree, sorted by path; invalid UTF-8 shows as U+FFFD, which `judgePath` refuses. */
export function parseTreeList(output: Uint8Array): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (const record of new TextDecoder("utf-8").decode(output).split("\0")) {
    const match = /^(\d{6}) [a-z]+ ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(record);
    if (match === null) continue;
    const [, mode = "", name, size = "0", path = ""] = match;
    const oid = parseObjectId(name);
    if (!oid.ok) continue;
    const sizeBytes = size === "-" ? 0 : Number(size);
    entries.push({ path, mode: modeOf(mode), oid: oid.value, sizeBytes });
  }
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Old trees hold modes such as 100664, which git itself takes for 100644. */
function modeOf(mode: string): TreeEntry["mode"] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the set holds only these modes
  if (modes.has(mode)) return mode as TreeEntry["mode"];
  return Number.parseInt(mode, 8) & 0o100 ? "100755" : "100644";
}
