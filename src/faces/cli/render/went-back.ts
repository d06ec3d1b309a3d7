/** What came of a way back, as text. */
import { takenBackWords } from "#domain";
import { formatDurationMs } from "#std";
import type { WentBackResource } from "#faces/api/contract";
import { short } from "./words.ts";

type Code = NonNullable<WentBackResource["left"]>;

/**
 * Names what is live now and what it was before: `hello is back on v2 (53ab636 "say two"), as v6 (31 ms)`, and
 * that it was taken back once, if it was.
 */
export function renderWentBack(
  app: string,
  { release, elapsedMs, restored, left, configTakenBack }: WentBackResource,
): string {
  const took = `(${formatDurationMs(elapsedMs)})`;
  const config =
    configTakenBack === undefined ? [] : [configLeft(configTakenBack, release.configVersion)];
  if (restored === undefined) {
    const away = `${app} is on v${release.number}: what was being let in is taken away ${took}`;
    return [away, ...config].join("\n");
  }
  const from = left === undefined ? "" : `; until now it was ${nameOfCode(left)}`;
  const { number, takenBack } = restored;
  const lines = [`${app} is back on ${nameOfCode(restored)}, as v${release.number} ${took}${from}`];
  if (takenBack !== undefined) lines.push(`mind: ${takenBackWords(number, takenBack)}`);
  return [...lines, ...config].join("\n");
}

function configLeft(left: number, version: number): string {
  const has = version === 0 ? "none" : `version ${version}`;
  return `configuration version ${left} was taken back with it: what is pushed next has ${has}`;
}

/** `v2 (53ab636 "say two")`; the number alone of a change that is kept no more. */
export function nameOfCode({ number, commit, subject }: Code): string {
  if (commit === undefined) return `v${number}`;
  return `v${number} (${short(commit)} "${subject ?? ""}")`;
}
