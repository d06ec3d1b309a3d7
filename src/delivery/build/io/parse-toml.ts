/** TOML, with the line of a mistake. */
import { parse, TomlError } from "smol-toml";
import type { InvalidInput } from "#domain";
import { err, ok, type Result } from "#std";

export function parseToml(
  text: string,
  file: string,
): Result<Readonly<Record<string, unknown>>, InvalidInput> {
  try {
    return ok(parse(text));
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    const { line } = thrown;
    return err({ code: "invalid_input", field: file, file, line, expected: "valid TOML" });
  }
}
