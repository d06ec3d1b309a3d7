/**
 * What an app's instances printed, as entries and stages of a change hold it: a few lines beside a fault. It may hold
 * what the app's users sent, so it is for whoever may read the app's logs. Pure.
 */
import type { Problem, StageRecord } from "./change.ts";
import type { JournalEntry } from "./journal.ts";

/** The entry without what instances printed; the same object where it holds none. */
export function withoutLogExcerpts(entry: JournalEntry): JournalEntry {
  switch (entry.type) {
    case "dev.cdevents.service.rolledback": {
      const { newErrors, failureExample, ...data } = entry.data;
      if (newErrors === undefined && failureExample === undefined) return entry;
      const example =
        failureExample === undefined ? {} : { failureExample: { ...failureExample, log: [] } };
      return { ...entry, data: { ...data, ...example } };
    }
    case "dev.tidegate.release.failed": {
      const { log, ...problem } = entry.data.problem;
      return log === undefined ? entry : { ...entry, data: { ...entry.data, problem } };
    }
    case "dev.tidegate.delivery.finished": {
      const { log, ...problem } = entry.data.problem ?? { code: "", message: "" };
      return log === undefined ? entry : { ...entry, data: { ...entry.data, problem } };
    }
    default:
      return entry;
  }
}

/** The same of a change's stages. What its build and its tests printed is for everybody who sees the change. */
export function stagesWithoutLogExcerpts<S extends StageRecord>(
  stages: readonly S[],
): readonly S[] {
  return stages.map((stage) => (stage.name === "rollout" ? withoutLogExcerpt(stage) : stage));
}

/** The same of what did not start: a release, or the stage that started it. */
export function withoutLogExcerpt<T extends { readonly problem?: Problem }>(failed: T): T {
  if (failed.problem?.log === undefined) return failed;
  const { log: _log, ...problem } = failed.problem;
  return { ...failed, problem };
}
