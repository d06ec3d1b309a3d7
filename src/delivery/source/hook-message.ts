/**
 * What our hooks tell the server, line by line: the hook's name, the quarantine, the ref updates, the
 * push options, `end`. Options come from the client and come last; the hook cuts them at a line break,
 * and anything out of order is refused.
 */
import { err, ok, type Result } from "#std";
import { parseObjectId, type InvalidInput } from "#domain";
import { pushOptionCharsMax, pushOptionsMax, refUpdatesMax } from "./limits.ts";
import type { RefUpdate } from "./push.ts";

export interface HookMessage {
  readonly hook: "pre-receive" | "post-receive";
  /** Directory of the pushed objects until the push is accepted; absent when there are none. */
  readonly quarantine?: string;
  readonly updates: readonly RefUpdate[];
  readonly options: readonly string[];
}

/** Parses the lines up to, and without, `end`. */
export function parseHookMessage(lines: readonly string[]): Result<HookMessage, InvalidInput> {
  const [hook, quarantine, ...rest] = lines;
  if (hook !== "pre-receive" && hook !== "post-receive") return refuse("a hook's name", hook);
  if (quarantine?.startsWith("quarantine ") !== true) return refuse("the quarantine", quarantine);
  const firstOption = rest.findIndex((line) => line.startsWith("option "));
  const optionsFrom = firstOption < 0 ? rest.length : firstOption;
  const updates: RefUpdate[] = [];
  for (const line of rest.slice(0, optionsFrom)) {
    const update = parseUpdate(line);
    if (update === undefined) return refuse("a ref update", line);
    updates.push(update);
  }
  const options = rest.slice(optionsFrom).map((line) => line.replace(/^option /, ""));
  if (updates.length > refUpdatesMax) return refuse(`at most ${refUpdatesMax} refs in one push`);
  if (options.length > pushOptionsMax) return refuse(`at most ${pushOptionsMax} push options`);
  if (options.some((text) => text.length > pushOptionCharsMax)) {
    return refuse(`push options of at most ${pushOptionCharsMax} characters`);
  }
  const path = quarantine.slice("quarantine ".length);
  return ok({ hook, updates, options, ...(path === "" ? {} : { quarantine: path }) });
}

function parseUpdate(line: string): RefUpdate | undefined {
  const [, before, after, ref = ""] = /^update ([0-9a-f]+) ([0-9a-f]+) (.+)$/.exec(line) ?? [];
  const from = parseObjectId(before);
  const to = parseObjectId(after);
  if (!from.ok || !to.ok) return undefined;
  return {
    ref,
    ...(isNone(from.value) ? {} : { before: from.value }),
    ...(isNone(to.value) ? {} : { after: to.value }),
  };
}

/** Git writes an absent object as zeros. */
function isNone(name: string): boolean {
  return /^0+$/.test(name);
}

function refuse(expected: string, found?: string): Result<never, InvalidInput> {
  const shown = found === undefined ? {} : { found: found.slice(0, 100) };
  return err({ code: "invalid_input", field: "push", expected, ...shown });
}
