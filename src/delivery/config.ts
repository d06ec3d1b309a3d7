/** The next version of an app's configuration, or why there is none. Pure. */
import { err, ok, type Result } from "#std";
import { nextConfigVersion } from "#domain";
import type { App, ConfigVersion, InvalidInput, NotFound } from "#domain";

const keysMax = 200;
const valueBytesMax = 32 * 1024;
/** Names the platform sets itself. */
const reserved = /^(?:PORT|TIDEGATE_.*)$/;
/** Names that a shell keeps for itself: such a value could only be given on a command line, for all to see. */
const ofTheShell = /^(?:IFS|LINENO|OPTIND|OPTARG|PPID|PWD|OLDPWD|UID|EUID|tg_.*)$/;

interface ConfigChange {
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
}

interface ConfigAsked {
  readonly before: ConfigVersion | undefined;
  readonly change: ConfigChange;
  readonly by: string;
  readonly now: number;
}

export function configOf(
  app: App,
  { before, change: { set, unset }, by, now }: ConfigAsked,
): Result<ConfigVersion, InvalidInput | NotFound> {
  const both = unset.find((name) => Object.hasOwn(set, name));
  if (both !== undefined) {
    const expected = "a variable that is either set or unset, and not both";
    return err({ code: "invalid_input", field: `config.${both}`, expected });
  }
  const missing = unset.find((name) => !Object.hasOwn(before?.values ?? {}, name));
  if (missing !== undefined) return err({ code: "not_found", what: "variable", name: missing });
  for (const [key, value] of Object.entries(set)) {
    const problem = problemWith(key, value);
    if (problem !== undefined) return err(problem);
  }
  const kept = Object.entries(before?.values ?? {}).filter(([key]) => !unset.includes(key));
  const values = Object.fromEntries([...kept, ...Object.entries(set)]);
  if (Object.keys(values).length > keysMax) {
    return err({ code: "invalid_input", field: "config", expected: `at most ${keysMax} keys` });
  }
  return ok({
    app: app.name,
    version: nextConfigVersion(app),
    values,
    createdAt: now,
    createdBy: by,
  });
}

function problemWith(key: string, value: string): InvalidInput | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(key)) {
    return {
      code: "invalid_input",
      field: "config",
      expected: "a name of letters, digits and _ that does not start with a digit",
      found: key.slice(0, 100),
    };
  }
  if (reserved.test(key)) {
    return {
      code: "invalid_input",
      field: `config.${key}`,
      expected: "a name other than PORT and TIDEGATE_*: those are set by Tidegate",
    };
  }
  if (ofTheShell.test(key)) {
    return {
      code: "invalid_input",
      field: `config.${key}`,
      expected: "a name that no shell keeps for itself, as it does IFS, PWD and UID",
    };
  }
  if (value.includes("\0") || Buffer.byteLength(value) > valueBytesMax) {
    return {
      code: "invalid_input",
      field: `config.${key}`,
      expected: `at most ${valueBytesMax / 1024} KiB without a NUL byte`,
    };
  }
  return undefined;
}
