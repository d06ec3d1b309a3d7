/** Durations as people write and read them: `500ms`, `30s`, `10m`, `1h`, `2d`. */
import { err, ok, type Result } from "./result.ts";

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Parses `30s` into milliseconds; the error is a phrase that completes "expected …". */
export function parseDurationMs(text: string): Result<number, string> {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (match === null) return err("a duration such as 500ms, 30s, 10m, 1h or 2d");
  const [, amount = "", unit = "ms"] = match;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern admits only these keys
  return ok(Math.round(Number(amount) * unitMs[unit as keyof typeof unitMs]));
}

/** Renders milliseconds for people: `38 ms`, `1.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDurationMs(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < 995) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair([Math.floor(seconds / 60), "min"], [seconds % 60, "s"]);
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return pair([Math.floor(minutes / 60), "h"], [minutes % 60, "min"]);
  const hours = Math.round(minutes / 60);
  return pair([Math.floor(hours / 24), "d"], [hours % 24, "h"]);
}

function pair(big: readonly [number, string], small: readonly [number, string]): string {
  const rest = small[0] === 0 ? "" : ` ${small[0]} ${small[1]}`;
  return `${big[0]} ${big[1]}${rest}`;
}

/** What a forecast may be called: steps of a quarter to a half, so that it does not change with each request. */
// oxfmt-ignore
const roughSeconds: readonly number[] = [
  5, 10, 15, 20, 30, 40, 50,
  60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 2700,
  3600, 5400, 7200, 10_800, 14_400, 21_600, 28_800, 43_200, 64_800,
  86_400, 129_600, 172_800, 259_200, 345_600, 518_400,
];

/** Renders a duration that is only guessed at: `40 s`, `2 min`, `1 h 30 min`, `3 d`; never less than `5 s`. */
export function formatRoughMs(durationMs: number): string {
  const seconds = Math.max(0, durationMs) / 1000;
  const above = roughSeconds.findIndex((step) => step >= seconds);
  if (above === -1) return `${Math.round(seconds / 86_400)} d`;
  const [lower, upper] = [roughSeconds[above - 1] ?? 0, roughSeconds[above] ?? 0];
  // The nearer one by ratio: 44 s are 40 s, and 46 s are 50 s.
  const nearest = lower > 0 && seconds < Math.sqrt(lower * upper) ? lower : upper;
  return formatDurationMs(nearest * 1000).replace(".0 ", " ");
}
