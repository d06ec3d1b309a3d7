/**
 * The nouns and the ports everyone speaks. Pure: knows no HTTP, SQL, Envoy, Kubernetes or clock.
 * Read in the order of the story: app, change, plan, artifact, release, rollout, counts, journal.
 */
export type {
  InvalidInput,
  NotFound,
  AlreadyExists,
  WrongState,
  StaleStep,
  LimitReached,
  VersionConflict,
  FenceLost,
  Unavailable,
  Forbidden,
  SignInRefused,
  CredentialRefused,
  CredentialEnded,
  SignInAgain,
  TooManySignIns,
  DomainError,
  ErrorCode,
} from "./errors.ts";
export {
  type AppName,
  type ChangeId,
  type ReleaseId,
  type InstanceId,
  type RolloutId,
  type UserId,
  type SshKeyId,
  type TokenId,
  type ObjectId,
  type Digest,
  type IdPrefix,
  newId,
  parseId,
  parseAppName,
  parseNewAppName,
  parseObjectId,
  digestOf,
} from "./ids.ts";
export {
  type UserName,
  type TeamName,
  type Role,
  roles,
  type Scope,
  type Grant,
  type User,
  type Team,
  type TokenReach,
  type ListedToken,
  type Token,
  type SshKey,
  type Origin,
  type Actor,
  machineActor,
  nobody,
  parseUserName,
  parseTeamName,
  parseScope,
  renderScope,
} from "./people.ts";
export {
  type Permission,
  type Resource,
  gives,
  isAllowed,
  isVisible,
  permissions,
  resourceOfScope,
  rolloutPermissions,
  rolesThatMay,
  wordsOf,
} from "./permissions.ts";
export {
  type SignInWay,
  type Session,
  type PasswordRecord,
  type Passkey,
  type Invitation,
  type SignInLink,
  type Identity,
  type Provider,
  type SpentCeremony,
  sessionOwner,
} from "./sign-in.ts";
export type { TeamFacts, UserFacts } from "./people-events.ts";
export { foldTeam, foldUser } from "./people-fold.ts";
export { stagesWithoutLogExcerpts, withoutLogExcerpt, withoutLogExcerpts } from "./log-excerpts.ts";
export { tokenForm, tokenIdOf, tokenText } from "./token-text.ts";
export {
  fingerprintOf,
  parseSshPublicKey,
  sshKeyIdOf,
  type SshKeyAlgorithm,
  type SshPublicKey,
} from "./ssh-public-key.ts";
export type { EnvironmentName, App, ConfigVersion } from "./app.ts";
export {
  stageNames,
  type StageName,
  type StageState,
  type StageRecord,
  type Problem,
  type ChangeState,
  finalChangeStates,
  type Person,
  type Trailer,
  type Expectation,
  type Change,
  type ContainedChange,
  type TakenBackBy,
} from "./change.ts";
export { isConfigCarried } from "./config-carried.ts";
export {
  appOnConfig,
  appWithConfig,
  configWords,
  type ConfigTakenBack,
  nextConfigVersion,
  setAgain,
} from "./config-taken-back.ts";
export { changeStandings, standingOf, type ChangeStanding } from "./standing.ts";
export { quietRequestsAMinute, quietSince, quietWords, type Quiet } from "./quiet.ts";
export { youngHint } from "./young.ts";
export {
  illWords,
  isDown,
  type LiveInstances,
  nextWhenIll,
  type Restarts,
  restartsOf,
  restartsToldMs,
} from "./restarts.ts";
export {
  type Had,
  containedWords,
  leaveOut,
  hadBy,
  hadWords,
  nextWhenTakenAway,
  stoppedWord,
  takenAwayWords,
  takenBackOf,
  takenBackWords,
  tryAgain,
  type TakenBack,
} from "./taken-away.ts";
export type { Manifest } from "./manifest.ts";
export {
  type Stack,
  type StepName,
  type Reason,
  noTestsDecided,
  type PlanStep,
  appCacheDirectory,
  stepEnvironment,
  type ProcessSpec,
  type HealthCheck,
  type Plan,
} from "./plan.ts";
export type {
  StepRecord,
  Artifact,
  CaseState,
  TestCase,
  TestReport,
  GateRule,
  GateDecision,
  Evidence,
} from "./artifact.ts";
export type { SandboxLevel, ReleaseState, Release, Instance, CrashRecord } from "./release.ts";
export {
  type GuardrailName,
  type Tolerance,
  type GuardrailPolicy,
  type MetricPolicy,
  type ProbePolicy,
  type UserKeyPolicy,
  type RolloutPolicy,
  type RolloutStrategy,
  type StepUntil,
  type StepPolicy,
  type ShadowPolicy,
  type CohortPolicy,
  type CohortMatch,
  type WindowsPolicy,
  type VerdictKind,
  type GuardrailState,
  type Verdict,
  type RolloutState,
  finalRolloutStates,
  type HarmTotals,
  type Rollout,
  type RolloutStep,
  type JointRollout,
  type Unmeasured,
  type RolloutCommand,
  type RolloutCommandKind,
} from "./rollout.ts";
export { pushedTo } from "./pushed-to.ts";
export {
  forbiddenInWords,
  invalidInputInWords,
  nextOfForbidden,
  staleStepInWords,
  wrongStateInWords,
} from "./error-words.ts";
export { latencyWarmUpMs, whyNoneSeen } from "./none-seen.ts";
export { cellShift, latencyThresholds, whyTheseTimes } from "./latency-thresholds.ts";
export { isOfMemory } from "./of-memory.ts";
export { sloWindowDaysMax, usualSlo, type Served, type ServedLately, type Slo } from "./slo.ts";
export {
  forecastBegins,
  forecastBeginsInSteps,
  forecastEnds,
  tooFewToForecast,
  noForecast,
  noVerdictWithin,
  firstReleaseReason,
  reasonBeside,
  reasonNow,
  withoutForecast,
} from "./reason.ts";
export {
  bucketCount,
  stuckAfterFailures,
  comparedShare,
  groupCount,
  latencyBoundsMs,
  latencyCells,
  type Arm,
  type ArmCounts,
  type IntervalCounts,
  type FailedRequest,
  type MetricCounts,
  type MetricReading,
  type ShadowCounts,
  type EdgeInterval,
  type EdgeRow,
} from "./counts.ts";
export {
  type RuleBroken,
  brokenCounts,
  brokenTime,
  countPerIntervalMax,
  intervalMsMax,
  isIntervalCount,
} from "./interval-rules.ts";
export {
  type MetricSelector,
  type QueryNames,
  parseMetricSelector,
  promQueryProblem,
  renderPromQuery,
} from "./metric-expression.ts";
export {
  previewHostOf,
  type RouteTarget,
  type ArmRoute,
  type CohortRule,
  type AppRoute,
  type CohortPass,
  type UserPlace,
  userCookieName,
  type RouteTable,
  type Receipt,
} from "./routes.ts";
export type { ErrorsRead, NewError, NewErrors } from "./new-errors.ts";
export {
  type Absentee,
  type EventData,
  type EventType,
  type StoryEventType,
  type NewEntry,
  type JournalEntry,
  type Replaced,
  type By,
  genesisHash,
  entryHash,
  signed,
} from "./journal.ts";
export { auditFacts, type AuditFacts } from "./audit.ts";
export type { ProviderTrust, SignInEventData } from "./sign-in-events.ts";
export type { Finding } from "./finding.ts";
export {
  type PublicAddress,
  parseDomain,
  consoleHost,
  consoleUrl,
  sshUrl,
  appUrl,
  localHostOf,
} from "./public-address.ts";
export {
  appDomainsMax,
  hostsAbove,
  isBeneath,
  parseAppDomain,
  type AppDomain,
  type NameCover,
  type Reach,
} from "./app-domain.ts";
export { publicHosts } from "./public-hosts.ts";
export type { Clock, Log } from "./ports/clock.ts";
export type {
  Documents,
  DocumentKind,
  StepResult,
  Stored,
  DocumentPut,
  DocumentRemoval,
  WorkKind,
  WorkItem,
  Lease,
  Batch,
  ListFilter,
  ChangeFilter,
  ListedChange,
  OverviewQuery,
  OverviewRow,
  RecentTraffic,
  OverviewShow,
  Store,
  BlobStore,
} from "./ports/store.ts";
export type {
  Limits,
  StepSpec,
  StepEnd,
  StepOutcome,
  RunningStep,
  InstanceSpec,
  RunningInstance,
  StartFailed,
  InstanceExit,
  InstanceLogLine,
  LogSource,
  Runtime,
} from "./ports/runtime.ts";
export type {
  MetricArm,
  MetricInstance,
  MetricRequest,
  MetricMoment,
  MetricTaking,
  MetricProblem,
  MetricWatch,
  MetricSource,
  InstanceIdentity,
  Metrics,
} from "./ports/metrics.ts";
export type { Drained, DataPlane } from "./ports/data-plane.ts";
export type {
  TreeEntry,
  CommitInfo,
  SourceTree,
  Diff,
  ComparedWith,
  DiffFile,
  DiffCommit,
  BroughtCommit,
  Repositories,
} from "./ports/repositories.ts";
export type { Newcomers, UserWritten } from "./ports/newcomers.ts";
export type { Grantee, Held, NewSshKey, NewToken, People, TeamView } from "./ports/people.ts";
export type { Removed, Shelf, ShelfUse } from "./ports/shelf.ts";
export type { LogWindow, LogHits, LogReader } from "./ports/log-reader.ts";
export type { ChangeLogLine, ChangeLogs } from "./ports/change-logs.ts";
export type {
  Browser,
  SignedIn,
  Admitted,
  CeremonyBegun,
  PasskeyAnswer,
  SignInWays,
  OwnWays,
  PasswordChange,
  PasswordChanged,
  TokensThen,
  WaysInEnded,
  InvitationView,
  NewInvitation,
  NewCredential,
  Acceptance,
  SignInError,
  SignIn,
} from "./ports/sign-in.ts";
