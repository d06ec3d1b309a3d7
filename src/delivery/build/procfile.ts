/** `Procfile`: one process type a line, `web: node server.js`. */
import type { InvalidInput } from "#domain";
import { err, ok, type Result } from "#std";

/** Parses a Procfile into command lines by process type, in the file's order. */
export function parseProcfile(
  text: string,
): Result<Readonly<Record<string, string>>, InvalidInput> {
  const processes = new Map<string, string>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const match = /^([A-Za-z][\w-]{0,38})\s*:\s*(\S.*)$/.exec(line);
    if (match === null)
      return err(wrongLine(index + 1, line, "a line such as `web: node server.js`"));
    const [, name = "", command = ""] = match;
    if (processes.has(name)) return err(wrongLine(index + 1, line, `${name} only once`));
    processes.set(name, command);
  }
  return ok(Object.fromEntries(processes));
}

function wrongLine(line: number, found: string, expected: string): InvalidInput {
  return { code: "invalid_input", field: "Procfile", file: "Procfile", line, found, expected };
}
