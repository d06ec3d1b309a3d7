/** What an entry of the audit log says was changed, in a line. Pure. */
import { formatInstant } from "#std";
import type { AuditEntryResource } from "#faces/api/contract";

type Told = Pick<AuditEntryResource, "app" | "before" | "after" | "why">;

/** `because: on leave; grants developer on app shop -> nothing`: why, what was, and what is. */
export function auditWords({ app, before, after, why }: Told): string {
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  // Which app it is stands in the row already.
  const others = keys.filter((key) => key !== "app" || (after ?? before)?.[key] !== app);
  const facts = others.flatMap((key) => factOf(key, before, after) ?? []);
  return [...(why === undefined ? [] : [`because: ${why}`]), ...facts].join("; ");
}

/** One thing: what it was and is, or only what it is, where that is not told of as a change. */
function factOf(key: string, before: Told["before"], after: Told["after"]): string | undefined {
  const [was, is] = [before?.[key], after?.[key]].map((value) => valueOf(key, value));
  const known = is ?? was;
  if (known === undefined) return undefined;
  // A key that there was not before is something new, and no change.
  const isChange = after !== undefined && before !== undefined && Object.hasOwn(before, key);
  return isChange && was !== is
    ? `${key} ${was ?? "nothing"} -> ${is ?? "nothing"}`
    : `${key} ${known}`;
}

/** Nothing for what is empty. */
function valueOf(key: string, value: unknown): string | undefined {
  if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) {
    return undefined;
  }
  return key.endsWith("At") && typeof value === "number" ? formatInstant(value) : wordsOf(value);
}

function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join(", ");
  if (typeof value === "string") return /^[0-9a-f]{40,64}$/.test(value) ? value.slice(0, 7) : value;
  if (typeof value !== "object" || value === null) return String(value);
  // A grant, or a scope.
  const { role, scope, ...rest }: Readonly<Record<string, unknown>> = { ...value };
  if (role !== undefined) return `${wordsOf(role)} on ${wordsOf(scope)}`;
  return Object.values(rest).map(wordsOf).join(" ");
}
