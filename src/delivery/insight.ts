/**
 * The questions of people who look closer: a change's story, its tests and its diff, what differs between two
 * releases, and how deliveries fare over time. Reads only; whatever is listed has a bound.
 */
import { err, ok, type Result } from "#std";
import type {
  App,
  AppName,
  Change,
  ConfigVersion,
  Diff,
  Evidence,
  InvalidInput,
  NotFound,
  Release,
  Rollout,
  ShelfUse,
} from "#domain";
import { verifyEvidence } from "#delivery/assure";
import { dora, type DoraReport } from "#delivery/feedback";
import { type ChangeDiff, changeDiff } from "./change-diff.ts";
import { type ChangeStory, storyOf } from "./change-story.ts";
import { doraEntries } from "./dora-entries.ts";
import { type Durations, durationsOf } from "./durations.ts";
import { evidenceOf } from "./evidence-of.ts";
import { findApp, findChange } from "./find.ts";
import { changeEntriesMax, durationsChangesMax, releasesSearched, testRunsMax } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";
import {
  type CaseHistory,
  caseHistories,
  compareTests,
  type TestComparison,
  type TestRun,
} from "./test-results.ts";

export interface TestsView extends TestComparison {
  readonly run: TestRun;
}

export interface TestHistory {
  /** Newest first. */
  readonly runs: readonly TestRun[];
  readonly cases: readonly CaseHistory[];
}

export interface EvidenceView {
  readonly artifact: string;
  readonly evidence: readonly Evidence[];
  /** Whether all of it is genuine and about this artifact, checked now. */
  readonly isGenuine: boolean;
  readonly problem?: string;
  /** What the signatures are checked with: PEM. */
  readonly publicKey: string;
}

/** What differs between two releases. Of configuration the names: values are secrets as often as not. */
export interface ReleaseDiff {
  readonly from: Release;
  readonly to: Release;
  readonly code: Diff;
  readonly config: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly string[];
  };
  readonly isSameArtifact: boolean;
}

export interface DoraPeriod extends DoraReport {
  readonly periodFromAt: number;
}

export interface StorageUse {
  readonly databaseBytes: number;
  readonly journalEntries: number;
  readonly disk: { readonly sizeBytes: number; readonly freeBytes: number };
  readonly apps: readonly ShelfUse[];
}

type Asked<T> = Promise<Result<T, NotFound | InvalidInput>>;

export interface Insight {
  story(idOrCommit: string): Asked<ChangeStory & { readonly rollout?: Rollout }>;
  /** Its test results, failed first; `not_found` before there are any. */
  tests(idOrCommit: string): Asked<TestsView>;
  /** What users get with it that they did not have. */
  diff(idOrCommit: string): Asked<ChangeDiff>;
  evidence(idOrCommit: string): Asked<EvidenceView>;
  /** The bytes that were signed, with their signature: a sigstore bundle. */
  evidenceBundle(idOrCommit: string, digest: string): Asked<string>;
  /** By the releases' numbers. */
  releaseDiff(query: {
    readonly app: AppName;
    readonly from: number;
    readonly to: number;
  }): Asked<ReleaseDiff>;
  testHistory(app: AppName): Asked<TestHistory>;
  /** DORA's metrics period by period, oldest first. */
  doraOverTime(query: {
    readonly app?: AppName;
    readonly periodMs: number;
    readonly periods: number;
  }): Promise<readonly DoraPeriod[]>;
  durations(query: { readonly app?: AppName }): Promise<Durations>;
  storageUse(): Promise<StorageUse>;
}

export function insight(ports: DeliveryPorts): Insight {
  return { ...ofAChange(ports), ...ofAnApp(ports), ...ofAll(ports) };
}

function ofAChange(
  ports: DeliveryPorts,
): Pick<Insight, "story" | "tests" | "diff" | "evidence" | "evidenceBundle"> {
  const { store, clock } = ports;
  return {
    async story(idOrCommit) {
      const found = await findChange(idOrCommit, ports);
      if (!found.ok) return found;
      const { id, rollout: rolloutId } = found.value;
      const [entries, rollout, failures] = await Promise.all([
        store.entries({ after: 0, limit: changeEntriesMax, change: id }),
        rolloutId === undefined ? undefined : store.get("rollout", rolloutId),
        rolloutId === undefined ? [] : store.failures(rolloutId),
      ]);
      const its = rollout === undefined ? {} : { rollout: rollout.body };
      return ok({
        ...storyOf(found.value, entries, { now: clock.now(), failures, ...its }),
        ...its,
      });
    },
    async tests(idOrCommit) {
      const found = await findChange(idOrCommit, ports);
      if (!found.ok) return found;
      const [run] = await runsOf({ change: found.value.id }, ports, 1);
      if (run === undefined) return missing("test results of", found.value.id);
      const all = await runsOf({ app: found.value.app }, ports, testRunsMax);
      const earlier = all.filter(({ at }) => at < run.at);
      return ok({ run, ...compareTests(run.report, run, earlier) });
    },
    async diff(idOrCommit) {
      const found = await findChange(idOrCommit, ports);
      return found.ok ? await changeDiff(found.value, ports) : found;
    },
    evidence: async (idOrCommit) => await evidenceViewOf(idOrCommit, ports),
    async evidenceBundle(idOrCommit, digest) {
      const view = await evidenceViewOf(idOrCommit, ports);
      if (!view.ok) return view;
      const known = view.value.evidence.find(({ bundle }) => bundle === digest);
      const bytes = known && (await ports.blobs.get(known.bundle));
      if (bytes === undefined) return missing("evidence", digest.slice(0, 100));
      return ok(new TextDecoder().decode(bytes));
    },
  };
}

async function evidenceViewOf(idOrCommit: string, ports: DeliveryPorts): Asked<EvidenceView> {
  const found = await findChange(idOrCommit, ports);
  if (!found.ok) return found;
  const { artifact, id } = found.value;
  if (artifact === undefined) return missing("artifact of", id);
  const evidence = await evidenceOf(artifact, ports);
  const { publicKey } = ports.signer;
  const checked = await verifyEvidence(artifact, evidence, { blobs: ports.blobs, publicKey });
  return ok({
    artifact,
    evidence,
    isGenuine: checked.ok,
    ...(checked.ok ? {} : { problem: checked.error.message }),
    publicKey,
  });
}

function ofAnApp(ports: DeliveryPorts): Pick<Insight, "releaseDiff" | "testHistory"> {
  return {
    async releaseDiff({ app: name, from, to }) {
      const found = await findApp(name, ports);
      if (!found.ok) return found;
      const releases = await ports.store.list("release", { app: name, limit: releasesSearched });
      const [older, newer] = [from, to].map((number) =>
        releases.find(({ body }) => body.number === number),
      );
      if (older === undefined) return missing("release", `v${from}`);
      if (newer === undefined) return missing("release", `v${to}`);
      return await diffOf(found.value, { from: older.body, to: newer.body }, ports);
    },
    async testHistory(name) {
      const found = await findApp(name, ports);
      if (!found.ok) return found;
      const runs = await runsOf({ app: name }, ports, testRunsMax);
      return ok({ runs, cases: caseHistories(runs) });
    },
  };
}

async function diffOf(
  app: App,
  { from, to }: Pick<ReleaseDiff, "from" | "to">,
  { store, repositories }: DeliveryPorts,
): Asked<ReleaseDiff> {
  const config = async (version: number) =>
    (await store.get("config", `${app.name}:${version}`))?.body.values ?? {};
  const [older, newer, before, after] = await Promise.all([
    store.get("artifact", from.artifact),
    store.get("artifact", to.artifact),
    config(from.configVersion),
    config(to.configVersion),
  ]);
  if (older === undefined) return missing("artifact of release", `v${from.number}`);
  if (newer === undefined) return missing("artifact of release", `v${to.number}`);
  const code = await repositories.diff(app.name, older.body.commit, newer.body.commit);
  if (!code.ok) return code;
  const isSameArtifact = from.artifact === to.artifact;
  return ok({ from, to, code: code.value, config: namesBetween(before, after), isSameArtifact });
}

function namesBetween(
  before: ConfigVersion["values"],
  after: ConfigVersion["values"],
): ReleaseDiff["config"] {
  return {
    added: names(after).filter((name) => !(name in before)),
    removed: names(before).filter((name) => !(name in after)),
    changed: names(after).filter((name) => name in before && before[name] !== after[name]),
  };
}

function ofAll(ports: DeliveryPorts): Pick<Insight, "doraOverTime" | "durations" | "storageUse"> {
  const { store, shelf, clock } = ports;
  return {
    async doraOverTime({ app, periodMs, periods }) {
      const now = clock.now();
      const asked = { windowMs: periodMs * periods, now, ...(app === undefined ? {} : { app }) };
      const known = await doraEntries(asked, store);
      return Array.from({ length: periods }, (_, index) => {
        const toAt = now - (periods - 1 - index) * periodMs;
        const report = dora({ ...asked, ...known, windowMs: periodMs, now: toAt });
        return { ...report, periodFromAt: toAt - periodMs };
      });
    },
    async durations({ app }) {
      const ofApp = app === undefined ? {} : { app };
      const changes = await store.changes({ ...ofApp, state: "live", limit: durationsChangesMax });
      return durationsOf(changes);
    },
    async storageUse() {
      const [databaseBytes, journalEntries, disk, apps] = await Promise.all([
        store.sizeBytes(),
        store.journalLength(),
        shelf.disk(),
        shelf.use(),
      ]);
      return { databaseBytes, journalEntries, disk, apps };
    },
  };
}

/** Test runs of an app or of one change, newest first. */
async function runsOf(
  of: { readonly app?: AppName; readonly change?: Change["id"] },
  { store }: DeliveryPorts,
  limit: number,
): Promise<readonly TestRun[]> {
  const entries = await store.entries({
    after: 0,
    limit,
    ...of,
    types: ["dev.cdevents.testsuiterun.finished"],
    isNewestFirst: true,
  });
  const runs = await Promise.all(
    entries.map(async (entry): Promise<readonly TestRun[]> => {
      if (entry.type !== "dev.cdevents.testsuiterun.finished" || entry.change === undefined)
        return [];
      const change = await store.get("change", entry.change);
      if (change === undefined) return [];
      const { id, commit, tree, subject } = change.body;
      return [{ change: { id, commit, tree, subject }, at: entry.at, report: entry.data.report }];
    }),
  );
  return runs.flat();
}

function missing(what: string, name: string): Result<never, NotFound> {
  return err({ code: "not_found", what, name });
}

function names(of: ConfigVersion["values"]): readonly string[] {
  return Object.keys(of).toSorted((a, b) => (a < b ? -1 : 1));
}
