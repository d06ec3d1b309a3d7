/**
 * Where state lives. One transaction writes journal entries, the documents they add up to and the next
 * work, so whatever dies, dies between two entries.
 */
import type { ServedLately } from "../slo.ts";
import type { Result } from "#std";
import type { App, ConfigVersion } from "../app.ts";
import type { AppDomain } from "../app-domain.ts";
import type { Artifact, Evidence } from "../artifact.ts";
import type { Change, ChangeState } from "../change.ts";
import type { EdgeInterval, FailedRequest, IntervalCounts, MetricReading } from "../counts.ts";
import type { FenceLost, InvalidInput, VersionConflict } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { AppName, ChangeId, Digest, RolloutId, UserId } from "../ids.ts";
import type { EventType, JournalEntry, NewEntry } from "../journal.ts";
import type { SshKey, Team, Token, User } from "../people.ts";
import type { Release } from "../release.ts";
import type { Rollout } from "../rollout.ts";
import type { RouteTable } from "../routes.ts";
import type { ChangeStanding } from "../standing.ts";
import type {
  Identity,
  Invitation,
  Passkey,
  PasswordRecord,
  Provider,
  Session,
  SignInLink,
  SpentCeremony,
} from "../sign-in.ts";

/** The documents, by kind. The key is the noun's own id (`name`, `id`, `digest`, …). */
export interface Documents {
  readonly app: App;
  /** Key: the host name. Keeps apps from having the same one. */
  readonly domain: AppDomain;
  readonly change: Change;
  readonly artifact: Artifact;
  readonly evidence: Evidence;
  readonly release: Release;
  readonly rollout: Rollout;
  /** Key `<app>:<version>`. Never in the journal: holds values. */
  readonly config: ConfigVersion;
  /** Result of a build step by its key: which output directory it left. */
  readonly step: StepResult;
  /** Key `current`: the last route table that was issued. */
  readonly routes: RouteTable;
  /** Key: hash of the secret in its cookie. This and what follows is never in the journal. */
  readonly session: Session;
  /** Key: the user's id. */
  readonly password: PasswordRecord;
  /** Key: the credential's own id. */
  readonly passkey: Passkey;
  readonly invitation: Invitation;
  /** Key: hash of the secret in it. */
  readonly signInLink: SignInLink;
  /** Key: hash of issuer and subject. */
  readonly identity: Identity;
  readonly provider: Provider;
  /** Key: hash of its challenge, or of its state. */
  readonly spentCeremony: SpentCeremony;
  readonly user: User;
  /** Key: a user's name. Keeps names apart. */
  readonly userName: { readonly user: UserId };
  readonly team: Team;
  readonly token: Token;
  readonly sshKey: SshKey;
  /** Key `admins`: written with whatever takes an admin away, so that two do not take the last two. */
  readonly turn: { readonly at: number };
}
export type DocumentKind = keyof Documents;

export interface StepResult {
  readonly key: string;
  /** Below the data directory. */
  readonly directory: string;
  readonly sizeBytes: number;
  readonly createdAt: number;
  readonly usedAt: number;
}

export interface Stored<T> {
  readonly id: string;
  readonly body: T;
  /** 1 on first write, then rising by one. */
  readonly version: number;
}

export type DocumentPut = {
  readonly [K in DocumentKind]: {
    readonly kind: K;
    readonly id: string;
    readonly app?: AppName;
    readonly body: Documents[K];
    /** When given, the write is refused with `version_conflict` unless this is the stored version (0: absent). */
    readonly ifVersion?: number;
    /** Whose it is, to list by; a later put without it leaves it as it is. */
    readonly owner?: string;
    /** From this instant on the store may forget it, whatever it says itself. */
    readonly forgetAt?: number;
  };
}[DocumentKind];

/** Takes a document away; refused with `version_conflict` when there is none, or not in this version. */
export interface DocumentRemoval {
  readonly kind: DocumentKind;
  readonly id: string;
  readonly ifVersion?: number;
}

/** - `deliver`: drive one change through the pipeline. - `rollout`: drive one rollout. - `tidy`: chores. */
export type WorkKind = "deliver" | "rollout" | "tidy";

export interface WorkItem {
  readonly kind: WorkKind;
  /** One item per (kind, key) at a time; enqueuing an existing one makes it due again. */
  readonly key: string;
  readonly app?: AppName;
  /** Not before; default: at once. */
  readonly dueAt?: number;
}

/** A claim on a work item. All that is written under it carries the fence. */
export interface Lease {
  readonly kind: WorkKind;
  readonly key: string;
  readonly app?: AppName;
  /** Rises with each claim of this item; a write with an older one is refused. */
  readonly fence: number;
  readonly expiresAt: number;
  /** How often it was claimed before without being finished. */
  readonly attempt: number;
}

export interface Batch {
  readonly entries?: readonly NewEntry[];
  readonly documents?: readonly DocumentPut[];
  readonly removals?: readonly DocumentRemoval[];
  readonly enqueue?: readonly WorkItem[];
  /** The lease under which this is done; the whole batch is refused if it was lost. */
  readonly lease?: Lease;
  /** Ends the lease's item in the same transaction (or makes it due later). */
  readonly finish?: "done" | { readonly againAt: number };
}

export interface ListFilter {
  readonly app?: AppName;
  /** Only what was put with this owner. */
  readonly owner?: string;
  /** Of these apps only. */
  readonly apps?: readonly AppName[];
  /** At most this many, newest first. */
  readonly limit: number;
  /** Only documents created before this one. */
  readonly before?: string;
}

/** - `under_way`: a change is being delivered. - `held`: one waits for a person. - `failed`: the last one did. */
export type OverviewShow = "all" | "under_way" | "held" | "failed" | "empty";

export interface OverviewQuery {
  /** Only apps whose names contain this. */
  readonly search?: string;
  /** Default: all. */
  readonly show?: OverviewShow;
  /** Of these apps only. */
  readonly apps?: readonly AppName[];
  /** Only apps whose names come after this one. */
  readonly after?: string;
  readonly limit: number;
}

/** What came to an app over the last minute. */
export interface RecentTraffic {
  readonly requests: number;
  /** Of an app whose first request came within that minute: over the time since. */
  readonly requestsPerSecond: number;
  readonly errorRatio: number;
}

/** An app with what belongs to it now. */
export interface OverviewRow {
  readonly app: App;
  readonly live?: Release;
  readonly rollout?: Rollout;
  /** Of the rollout. */
  readonly candidate?: Release;
  /** The newest. */
  readonly change?: Change;
  /** Over the last minute. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly errorRatio: number;
  /** Its window is that of the live release's SLO. */
  readonly served: ServedLately;
}

export interface ChangeFilter extends ListFilter {
  readonly state?: ChangeState;
  readonly standing?: ChangeStanding;
  /** Those alone that a person took back after everybody had them. */
  readonly onlyTakenFromAll?: boolean;
  /** In the subject, the author's name, or at the beginning of the commit or the id. */
  readonly search?: string;
}

/** A change in a list, with how it stands now. */
export interface ListedChange extends Change {
  readonly standing: ChangeStanding;
}

export interface Store {
  /** Atomic and durable when it resolves. Entries come back with their place in the chain. */
  commit(batch: Batch): Promise<Result<readonly JournalEntry[], VersionConflict | FenceLost>>;

  get<K extends DocumentKind>(kind: K, id: string): Promise<Stored<Documents[K]> | undefined>;
  /** Those of them that there are, by id: one query, however many they are. */
  getMany<K extends DocumentKind>(
    kind: K,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Stored<Documents[K]>>>;
  list<K extends DocumentKind>(
    kind: K,
    filter: ListFilter,
  ): Promise<readonly Stored<Documents[K]>[]>;

  /** Changes, newest first. */
  changes(filter: ChangeFilter): Promise<readonly ListedChange[]>;
  /** Apps in the order of their names, each with what belongs to it: one query, however many they are. */
  overview(query: OverviewQuery): Promise<readonly OverviewRow[]>;

  /** Entries after `after` in order, at most `limit`. */
  entries(query: {
    readonly after: number;
    readonly limit: number;
    readonly app?: AppName;
    readonly change?: ChangeId;
    readonly types?: readonly EventType[];
    /** Not earlier: epoch milliseconds. */
    readonly sinceAt?: number;
    /** Begins with the newest and goes back. */
    readonly isNewestFirst?: boolean;
  }): Promise<readonly JournalEntry[]>;
  /** Entries that a person or a program is behind, newest first, at most `limit`. */
  signedEntries(query: {
    /** Only those with a lower place. */
    readonly before?: number;
    readonly limit: number;
    readonly actor?: string;
    readonly app?: AppName;
    /** How the type begins, without its vocabulary: `token`, `user.changed`. */
    readonly what?: string;
    readonly fromAt?: number;
    readonly toAt?: number;
  }): Promise<readonly JournalEntry[]>;
  /**
   * Entries after `after` for ever (until `signal` aborts), each exactly once and in order. Woken by
   * LISTEN/NOTIFY, with a slow poll as the floor.
   */
  follow(query: {
    readonly after: number;
    readonly app?: AppName;
    readonly change?: ChangeId;
    readonly signal: AbortSignal;
  }): AsyncIterable<JournalEntry>;
  /** Number of entries, which is the place of the newest: the journal has no gaps. */
  journalLength(): Promise<number>;
  /** Recomputes the chain; gives the first entry that does not fit, if any. */
  verifyJournal(): Promise<{ readonly entries: number; readonly brokenAt?: number }>;

  /** Claims the next due item, or waits for one until `signal` aborts (then `undefined`). */
  claim(query: {
    readonly kinds: readonly WorkKind[];
    readonly worker: string;
    readonly leaseMs: number;
    readonly signal: AbortSignal;
  }): Promise<Lease | undefined>;
  /** Ends the leases of workers that are known to have ended, so that nobody waits for them to run out. */
  releaseLeases(isGone: (worker: string) => boolean): Promise<void>;
  renew(lease: Lease, leaseMs: number): Promise<Result<Lease, FenceLost>>;

  /**
   * Takes what an edge counted: once, however often it is sent. Users are made distinct here
   * (harmed: per rollout; seen: per rollout and arm), so the counts that come out are exact over
   * any number of edges and restarts.
   */
  recordInterval(interval: EdgeInterval): Promise<readonly IntervalCounts[]>;
  /**
   * Takes custom counts from elsewhere than an edge as an interval of the same sequence: once per
   * rollout, source, id and `startAt`; a repetition is answered with what the first time gave.
   * Refuses counts that cannot be, more names than a rollout may have guardrails, and who lost the lease.
   */
  recordMetrics(
    reading: MetricReading,
    lease?: Lease,
  ): Promise<Result<IntervalCounts, InvalidInput | FenceLost>>;
  intervals(query: {
    readonly rollout: RolloutId;
    readonly afterIndex: number;
    readonly limit: number;
  }): Promise<readonly IntervalCounts[]>;
  /** Failed requests kept for a rollout, newest last, at most 20. */
  failures(rollout: RolloutId): Promise<readonly FailedRequest[]>;
  /** What came to an app over the last minute, for forecasts and `status`. */
  recentTraffic(app: AppName): Promise<RecentTraffic>;
  /** All that an app served in the last so many days, today among them, and in the last hour. */
  served(app: AppName, windowDays: number): Promise<ServedLately>;
  /** What the database takes on its disk. */
  sizeBytes(): Promise<number>;
  /** Which database this is, whether it answers, and whether it keeps what it acknowledges. Never rejects. */
  findings(): Promise<readonly Finding[]>;
  /** Forgets everything of an app but its journal entries. */
  deleteApp(app: AppName): Promise<void>;
}

/** Bytes by content: artifacts' bundles, logs. */
export interface BlobStore {
  put(bytes: Uint8Array): Promise<{ readonly digest: string; readonly sizeBytes: number }>;
  get(digest: string): Promise<Uint8Array | undefined>;
  /** When all take more than their bound, removes the oldest that nobody needs and nobody put lately. */
  removeUnneeded(
    now: number,
    isNeeded: (digest: Digest) => Promise<boolean>,
  ): Promise<{ readonly count: number }>;
}
