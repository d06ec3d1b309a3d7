/**
 * The contract of `/api/v1`: every resource and request as a zod schema, the error type, and the table
 * of routes as data.
 *
 * Leaves to others: serving it (api), calling it (cli, console). Knows no server: it travels to the browser.
 * Invariants: schemas agree with the domain's types at compile time; every route says who may ask.
 * Read next: routes.ts, then change.ts and rollout.ts.
 */
export {
  routes,
  type EventsRouteKey,
  type JsonRouteKey,
  type RouteInput,
  type RouteKey,
  type RouteOutput,
  type RouteSpec,
} from "./routes.ts";
export type { Access, Guard, ResourceAt } from "./access.ts";
export { consolePages } from "./console-pages.ts";
export { insightRoutes } from "./insight-routes.ts";
export type {
  ChangeDiffResource,
  DiffResource,
  DoraOverTimeResource,
  DurationsResource,
  EvidenceListResource,
  ReleaseDiffResource,
  StorageUseResource,
  StoryResource,
  TestHistoryResource,
  TestsResource,
} from "./insight.ts";
export { cohortRoutes } from "./cohort-routes.ts";
export type { CohortLinksResource, UserPlaceResource } from "./cohort.ts";
export { domainRoutes } from "./domain-routes.ts";
export type { DomainResource } from "./domain.ts";
export type { ManualIndex, ManualIndexPage, ManualIndexSection } from "./manual-index.ts";
export { logRoutes } from "./log-routes.ts";
export type { NewErrorResource, NewErrorsResource } from "./new-errors.ts";
export type { LogHitsResource, LogSourceResource, LogWindowResource } from "./logs.ts";
export { problem, problemCodes, type ProblemCode, type ProblemResource } from "./problem.ts";
export type {
  PasskeyResource,
  ProviderResource,
  SessionResource,
  SignInWaysResource,
  WhoAmIResource,
} from "./sign-in.ts";
export type { InvitationResource } from "./invitation.ts";
export type { AppResource, ConfigResource, LogLineResource } from "./app.ts";
export type { ChangeResource, ChangeSummaryResource, StageResource } from "./change.ts";
export { countsHeader, countsHeaderSchema, type CountsPageResource } from "./counts.ts";
export type {
  GrantResource,
  HeldGrantResource,
  MeResource,
  RightsResource,
  TeamResource,
  SshKeyResource,
  TokenResource,
  UserResource,
} from "./people.ts";
export type { ErrorBudgetResource } from "./error-budget.ts";
export type { HealthResource } from "./health.ts";
export type { OverviewAppResource, OverviewResource } from "./overview.ts";
export type {
  ListedReleaseResource,
  ReleaseResource,
  StageProblemResource,
  WentBackResource,
} from "./release.ts";
export type { GuardrailResource, RolloutAction, RolloutResource } from "./rollout.ts";
export type { SeriesResource } from "./series.ts";
export type {
  AuditEntryResource,
  ChangeEventResource,
  DoraResource,
  FindingResource,
  JournalEntryResource,
  JournalVerificationResource,
  StatusResource,
  StreamEventResource,
} from "./platform.ts";
