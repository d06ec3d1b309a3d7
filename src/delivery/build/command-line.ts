/**
 * Turns a command line from a Procfile, a manifest or package.json into an argv.
 *
 * A plain line becomes its words, so that no shell stands between the platform and the process. A
 * line that needs a shell gets one, but with `exec` in front where that is possible: a shell that
 * stays as the parent swallows SIGTERM, and the app is killed instead of stopped.
 */

const plain = /^[\w./:@%+,-]+(?:[ \t]+[\w./:@%+,=-]+)*$/;
const quotesAndVariables = /^[\w\s./:@%+,="'${}[\]-]+$/;
const assignmentFirst = /^\s*[A-Za-z_]\w*=/;
const shellWords = new Set(["if", "for", "while", "case", "until", "cd", "export", "set", "exec"]);

export function parseCommandLine(line: string): readonly string[] {
  const text = line.trim();
  const [first = ""] = text.split(/\s+/);
  if (plain.test(text) && !shellWords.has(first)) return text.split(/\s+/);
  const isOneCommand =
    quotesAndVariables.test(text) && !/[\n[\]]/.test(text) && !shellWords.has(first);
  if (!isOneCommand) return ["/bin/sh", "-c", text];
  return ["/bin/sh", "-c", assignmentFirst.test(text) ? `exec env ${text}` : `exec ${text}`];
}

/** Renders an argv for people. Not for a shell. */
export function renderCommand(argv: readonly string[]): string {
  const [program, option, script] = argv;
  if (program === "/bin/sh" && option === "-c" && script !== undefined && argv.length === 3) {
    return script.replace(/^exec (?:env )?/, "");
  }
  return argv.join(" ");
}
