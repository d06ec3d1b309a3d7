/**
 * What an author expects of a change: `Expect: checkout_completed/checkout_started up >=5% unit=user
 * within=7d`. Only metric and direction are needed. What does not have this form is kept as text, so a
 * push is never refused for it.
 */
import { parseDurationMs } from "#std";
import type { Expectation } from "#domain";

type Parsed = NonNullable<Expectation["parsed"]>;
type Draft = { -readonly [K in keyof Parsed]?: Parsed[K] };

const metric = /^[a-z][a-z0-9_.]{0,63}(?:\/[a-z][a-z0-9_.]{0,63})?$/;

/** Parses the value of one `Expect:` trailer; `parsed` is absent when it is not of the known form. */
export function parseExpectation(text: string): Omit<Expectation, "id"> {
  const [name = "", direction, ...rest] = text.trim().split(/\s+/);
  if (!metric.test(name) || (direction !== "up" && direction !== "down")) return { text };
  const draft: Draft = {};
  const isKnown = rest.every((word) => addWord(draft, word));
  return isKnown ? { text, parsed: { metric: name, direction, ...draft } } : { text };
}

/** Adds one word; false when it is unknown, malformed or said before. */
function addWord(draft: Draft, word: string): boolean {
  const [, amount] = /^>=(\d{1,6}(?:\.\d{1,6})?)%$/.exec(word) ?? [];
  // Decimal shift instead of a division by 100, so that 5.5 % is 0.055 and not its neighbour.
  if (amount !== undefined) return setOnce(draft, "byRatio", Number(`${amount}e-2`));
  const [, unit] = /^unit=([a-z][a-z0-9_]{0,31})$/.exec(word) ?? [];
  if (unit !== undefined) return setOnce(draft, "unit", unit);
  const [, within] = /^within=(\S+)$/.exec(word) ?? [];
  if (within === undefined) return false;
  const duration = parseDurationMs(within);
  return duration.ok && duration.value > 0 && setOnce(draft, "withinMs", duration.value);
}

function setOnce<K extends keyof Draft>(
  draft: Draft,
  key: K,
  value: NonNullable<Draft[K]>,
): boolean {
  if (draft[key] !== undefined) return false;
  draft[key] = value;
  return true;
}
