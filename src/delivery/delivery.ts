/**
 * What a face may ask of the delivery: every question and every command, as one interface. Faces know
 * this and the domain, and nothing of storage, runtimes or the wire.
 */
import type { Result } from "#std";
import type {
  ConfigTakenBack,
  Reach,
  Actor,
  AlreadyExists,
  App,
  AppName,
  Change,
  EnvironmentName,
  ChangeFilter,
  ChangeStanding,
  Evidence,
  Artifact,
  Finding,
  Forbidden,
  InstanceId,
  InstanceLogLine,
  IntervalCounts,
  InvalidInput,
  LimitReached,
  ListedChange,
  JournalEntry,
  NameCover,
  NotFound,
  OverviewQuery,
  OverviewRow,
  ObjectId,
  Release,
  Resource,
  Restarts,
  Rollout,
  RolloutCommand,
  Unavailable,
  StaleStep,
  TakenBack,
  WrongState,
} from "#domain";
import type { DoraReport, ErrorBudget } from "#delivery/feedback";
import type { Cohorts } from "./cohorts.ts";
import type { Logs } from "./logs.ts";
import type { Insight } from "./insight.ts";
import type { SeriesView } from "./rollout-series.ts";

export interface AppView {
  readonly app: App;
  /** "http://shop.localhost:7480". */
  readonly url: string;
  /** "http://127.0.0.1:7420/git/shop.git". */
  readonly gitUrl: string;
  /** "ssh://git@localhost:7422/shop.git"; absent: SSH is off. */
  readonly sshUrl?: string;
  /** Host names of its own, the oldest first. */
  readonly domains: readonly DomainView[];
  readonly live?: Release;
  /** Absent: no instance of what is live ended unasked lately. */
  readonly restarts?: Restarts;
  readonly rollout?: Rollout;
  /** Over the last minute. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly errorRatio: number;
  /** Absent as long as nothing is live. */
  readonly budget?: ErrorBudget;
}

/** A release in a list of an app's. */
export interface ListedRelease extends Release {
  /** Whether it could serve again: it still runs, or what was built of it is kept. */
  readonly isKept: boolean;
  /** Its change was taken away from users, and is not live again. */
  readonly takenBack?: TakenBack;
  /** What its change is called; absent: it is kept no more. */
  readonly commit?: ObjectId;
  readonly subject?: string;
  /** The number of the release that it restores; absent: it restores none, or one that is kept no more. */
  readonly restoresNumber?: number;
}

/** A release's number, and what its change is called; absent: the change is kept no more. */
export interface CodeOf {
  readonly number: number;
  readonly commit?: ObjectId;
  readonly subject?: string;
}

/** What came of a way back. */
export interface WentBack {
  /** What is live now. */
  readonly release: Release;
  readonly elapsedMs: number;
  /** What it restores; absent: a candidate was taken away, and what was live before it is. */
  readonly restored?: CodeOf & { readonly takenBack?: TakenBack };
  /** What was live until then; absent with `restored`. */
  readonly left?: CodeOf;
  /** The version of the configuration that was taken back with it; absent: it stays. */
  readonly configTakenBack?: number;
}

/** An app in a list of many. */
export interface OverviewView extends Omit<OverviewRow, "served"> {
  readonly url: string;
  /** Absent as long as nothing is live. */
  readonly budget?: ErrorBudget;
  /** Absent: no instance of what is live ended unasked lately. */
  readonly restarts?: Restarts;
}

export interface ChangeView {
  readonly change: Change;
  readonly standing: ChangeStanding;
  /** Of one that is replaced: what is live. */
  readonly liveNow?: CodeOf;
  readonly rollout?: Rollout;
  readonly release?: Release;
  readonly artifact?: Artifact;
  readonly evidence?: readonly Evidence[];
}

export interface PlatformStatus {
  readonly version: string;
  readonly startedAt: number;
  readonly apps: number;
  readonly activeRollouts: number;
  readonly journalEntries: number;
  readonly edges: readonly { readonly name: string; readonly isUp: boolean }[];
  readonly sandboxLevel: number;
  readonly database: string;
  /** Where git over SSH listens, and by which key it is known; absent: it does not. */
  readonly ssh?: { readonly url: string; readonly hostKey: string };
}

export interface ConfigView {
  /** What a next release gets. */
  readonly version: number;
  /** The newest that was ever set: higher where that was taken back. */
  readonly newest: number;
  readonly values: Readonly<Record<string, string>>;
  /** The version that users have; absent: nothing is live. */
  readonly live?: number;
  /** It is on its way to users. */
  readonly isRolledOut: boolean;
  readonly takenBack?: ConfigTakenBack;
}

/** What came of a change of it. */
export interface ChangedConfig extends Pick<ConfigView, "version" | "values"> {
  /** It was so already: there is no new version, and nothing is rolled out. */
  readonly isUnchanged?: true;
}

/** A host name of an app's own. */
export interface DomainView {
  readonly host: string;
  /** "https://www.shop.example". */
  readonly url: string;
  /** The name to which its DNS record has to lead; absent: the platform is open to its own machine only. */
  readonly pointTo?: string;
  /** Where the certificate that has to name it comes from; absent: there is no TLS. */
  readonly certificate?: Reach["certificate"];
  /** Whether what is served names it by now; absent: there is no TLS. */
  readonly cover?: NameCover;
}

/** An app that may be seen, and since when: what happened before belongs to another one of its name. */
export type SeenApp = Pick<App, "name" | "createdAt">;

/** What a request names, before it is known whether there is such a thing. */
export interface Subject {
  readonly kind: "app" | "change" | "rollout";
  /** A name, an id, a commit's prefix; for a rollout also its app's name. */
  readonly name: string;
  /** Of an app: the part of it that is meant. */
  readonly environment?: EnvironmentName;
}

export interface CountsQuery {
  readonly idOrApp: string;
  /** Index of the last interval that is known; -1: none. */
  readonly after: number;
  readonly limit: number;
}

export interface CountsView {
  readonly rollout: Rollout;
  readonly intervals: readonly IntervalCounts[];
}

/** One entry of a change's story, with the words for it. */
export interface StoryEntry extends ToldEntry {
  /** The same for who may not read the app's logs; absent: it holds nothing that an instance printed. */
  readonly withoutLogs?: ToldEntry;
}

export interface ToldEntry {
  readonly entry: JournalEntry;
  readonly lines: readonly string[];
}

export interface Located {
  /** Its own id, whatever it was named by. */
  readonly id: string;
  /** What permissions are held for. */
  readonly resource: Resource;
}

export interface Delivery extends Cohorts, Insight, Logs {
  /** Finds what is named among what the actor may see. */
  /** What a host of this machine, `shop.localhost`, is called where people are: with a domain, beneath it. */
  urlOf(host: string): string;
  locate(subject: Subject, actor: Actor): Promise<Result<Located, NotFound | InvalidInput>>;
  /** The apps an actor may see, or whose logs they may read; `undefined`: all there are and were. */
  sight(
    actor: Actor,
    permission?: "app.read" | "log.read",
  ): Promise<readonly SeenApp[] | undefined>;
  createApp(
    input: { readonly name: string; readonly team?: string },
    actor: Actor,
  ): Promise<Result<AppView, InvalidInput | NotFound | AlreadyExists>>;
  /** Makes an app a team's, or nobody's. */
  assignApp(
    input: { readonly app: AppName; readonly team?: string },
    actor: Actor,
  ): Promise<Result<AppView, NotFound>>;
  /** Stops what runs, keeps the journal; the repository goes to the trash for seven days. */
  deleteApp(name: AppName, actor: Actor): Promise<Result<void, NotFound>>;
  /** Those the actor may see. */
  apps(actor: Actor): Promise<readonly AppView[]>;
  /** Those the actor may see, by name, with what is live and what is on its way; at most `limit`. */
  overview(query: OverviewQuery, actor: Actor): Promise<readonly OverviewView[]>;
  app(name: AppName): Promise<Result<AppView, NotFound>>;

  /** Newest first, of what the actor may see. */
  changes(query: ChangeFilter, actor: Actor): Promise<readonly ListedChange[]>;
  /** By id, or by a commit's unique prefix of at least 7 digits. */
  change(idOrCommit: string): Promise<Result<ChangeView, NotFound | InvalidInput>>;
  /** The change's entries from the one after `after` on; ends when the change has reached a final state. */
  followChange(idOrCommit: string, after: number, signal: AbortSignal): AsyncIterable<StoryEntry>;
  /** Lines of a change's build or test log. */
  changeLog(
    idOrCommit: string,
    stage: "build" | "test",
  ): Promise<Result<readonly string[], NotFound | InvalidInput>>;

  releases(query: {
    readonly app: AppName;
    readonly limit: number;
  }): Promise<Result<readonly ListedRelease[], NotFound>>;
  /** Restores code and configuration of `to` (or of what was live before and not taken back) as a new release. */
  rollback(
    input: { readonly app: AppName; readonly to?: number; readonly reason: string },
    actor: Actor,
  ): Promise<Result<WentBack, NotFound | WrongState | Unavailable | Forbidden>>;

  rollout(idOrApp: string): Promise<Result<Rollout, NotFound>>;
  /** What was counted during a rollout, oldest first. */
  counts(query: CountsQuery): Promise<Result<CountsView, NotFound>>;
  /** A rollout over time, as the engine judged it, in at most `points` points. */
  series(query: {
    readonly idOrApp: string;
    readonly points: number;
  }): Promise<Result<SeriesView, NotFound>>;
  command(
    input: {
      readonly idOrApp: string;
      readonly kind: RolloutCommand["kind"];
      readonly reason: string;
      /** Counted from 1; which step is approved, or skipped to. */
      readonly step?: number;
    },
    actor: Actor,
  ): Promise<Result<Rollout, NotFound | WrongState | StaleStep | InvalidInput | Forbidden>>;

  config(app: AppName): Promise<Result<ConfigView, NotFound>>;
  /**
   * Makes a new configuration version and, if something is live, a new release of the same artifact; nothing where all
   * is so already. What is to be unset and is not there is `not_found`, and nothing is changed.
   */
  changeConfig(
    input: {
      readonly app: AppName;
      readonly set: Readonly<Record<string, string>>;
      readonly unset: readonly string[];
    },
    actor: Actor,
  ): Promise<Result<ChangedConfig, NotFound | InvalidInput | WrongState>>;

  /** The host names of an app's own, the oldest first. */
  domains(app: AppName): Promise<Result<readonly DomainView[], NotFound>>;
  /** Serves an app by one more host name, which no other app has. */
  addDomain(
    input: { readonly app: AppName; readonly host: string },
    actor: Actor,
  ): Promise<Result<DomainView, NotFound | InvalidInput | AlreadyExists | LimitReached>>;
  removeDomain(
    input: { readonly app: AppName; readonly host: string },
    actor: Actor,
  ): Promise<Result<void, NotFound>>;

  logs(query: {
    readonly app: AppName;
    readonly release?: number;
    readonly instance?: InstanceId;
    readonly tail: number;
    readonly follow: boolean;
    readonly signal: AbortSignal;
  }): Promise<Result<AsyncIterable<InstanceLogLine>, NotFound>>;

  dora(query: { readonly app?: AppName; readonly windowMs: number }): Promise<DoraReport>;
  /** What is counted is what the actor may see. */
  status(actor: Actor): Promise<PlatformStatus>;
  findings(): Promise<readonly Finding[]>;
  /** Entries of the whole journal, for followers. */
  entries(query: {
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly JournalEntry[]>;
  /** What people and programs did, newest first. */
  audit(query: {
    readonly before?: number;
    readonly limit: number;
    readonly actor?: string;
    readonly app?: AppName;
    readonly what?: string;
    readonly fromAt?: number;
    readonly toAt?: number;
  }): Promise<readonly JournalEntry[]>;
  /** Entries after `after` for ever, each with the words for it, until `signal` aborts. */
  followJournal(after: number, signal: AbortSignal): AsyncIterable<StoryEntry>;
  /** Those of them that are there already: at most `limit`. */
  toldEntries(query: {
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly StoryEntry[]>;
  /** The place of the newest entry. */
  journalEnd(): Promise<number>;
  verifyJournal(): Promise<{ readonly entries: number; readonly brokenAt?: number }>;
}
