/** An error in a line of JSON, as pino, bunyan, winston, structlog, zap and zerolog write it. Pure. */
import { errorLineCharsMax, jsonLineCharsMax } from "./limits.ts";
import type { Found } from "./logged-error.ts";

/** `readStack` reads the lines of a stack that is told in a member. */
export function jsonError(
  text: string,
  readStack: (lines: readonly string[]) => Found | undefined,
): Found | undefined {
  const line = parsed(text);
  if (line === undefined || !isOfError(line)) return undefined;
  const object =
    [line["err"], line["error"], line["exception"]].find((each) => isObject(each)) ?? {};
  const stack = textOf(object, stackNames) ?? textOf(line, stackNames);
  const read = stack?.includes("\n") === true ? readStack(linesOf(stack)) : undefined;
  if (read !== undefined && kindIsKnown(read)) return { ...read, lines: 1 };
  const type = textOf(object, ["type", "name"]);
  const message = textOf(object, ["message"]) ?? textOf(line, messageNames) ?? "";
  return { ...(type === undefined ? {} : { type }), message, lines: 1 };
}

const stackNames = ["stack", "stackTrace", "stacktrace", "exc_info", "exception"];
const messageNames = ["error", "err", "msg", "message", "event"];

function linesOf(stack: string): readonly string[] {
  return stack.split("\n").map((each) => each.slice(0, errorLineCharsMax));
}

function kindIsKnown({ type, message }: Found): boolean {
  return type !== undefined || message !== "";
}

type Member = Readonly<Record<string, unknown>>;

function parsed(text: string): Member | undefined {
  if (text.length > jsonLineCharsMax) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // a line that only begins like one
  }
}

/** pino and bunyan count levels: 50 is an error, 60 is fatal. */
function isOfError({ level, severity, lvl }: Member): boolean {
  const told = level ?? severity ?? lvl;
  if (typeof told === "number") return told >= 50;
  return (
    typeof told === "string" &&
    /^(?:err|error|fatal|critical|crit|panic|dpanic|alert|emerg|emergency)$/i.test(told)
  );
}

function textOf(member: Member, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = member[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

function isObject(value: unknown): value is Member {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
