/** Bounds of the build stage. Reaching one is a typed outcome, never a hang. */

/** A file that detection reads (package.json, go.mod, requirements.txt, …). */
export const readBytesMax = 1_048_576;
/** A manifest. A megabyte of brackets keeps a YAML parser busy for minutes, this much for half a second. */
export const manifestBytesMax = 16_384;
/** Source files searched for an application object or a `main` package. */
export const searchedFilesMax = 400;
/** Files in a directory given to `tidegate plan`; far above any repository meant to be delivered. */
export const directoryFilesMax = 200_000;

/** An install that takes longer waits for something that will not come. */
export const installTimeoutMs = 900_000;
export const buildTimeoutMs = 1_800_000;
export const testTimeoutMs = 900_000;
/** The longest that a `tidegate.yaml` may ask for. */
export const stepTimeoutMsMax = 7_200_000;

/** Node bundlers and the Go linker peak between 1 and 2 GiB on large projects. */
export const stepMemoryBytes = 4 * 1024 ** 3;
export const stepProcesses = 1024;
export const stepOutputBytes = 50 * 1024 ** 2;
export const stepDiskBytes = 8 * 1024 ** 3;
/** An artifact is copied for its tests and kept for rollback, so it must stay small enough for both. */
export const artifactBytesMax = 4 * 1024 ** 3;

/** Last lines of a failed step that its problem carries. */
export const problemLogLines = 30;

export const healthTimeoutMs = 30_000;
export const healthTimeoutMsMax = 600_000;
export const stopGraceMs = 10_000;
export const stopGraceMsMax = 600_000;

/** An artifact that no release needs stays this long after its last use, for a push of the same tree. */
export const artifactUnusedMs = 86_400_000;
/** A step's result is kept this long after its last use: dependencies change less often than code. */
export const stepUnusedMs = 14 * 86_400_000;
/** Kept results of one app's steps; beyond it the longest unused go, if unused for `stepUnusedMsMin`. */
export const stepsBytesMax = 10 * 1024 ** 3;
export const stepUnusedMsMin = 3_600_000;
/** What package managers fetched for one app; beyond it they fetch anew. */
export const appCacheBytesMax = 10 * 1024 ** 3;
/** Work, test and scratch directories this old are of something that died: no step may take as long. */
export const leftoverMs = 86_400_000;

/** A tree of more entries than this is linked by a process of its own: here it would take over 5 ms. */
export const linkedEntriesMax = 250;

/** Guardrails of an app's own: each takes its part of the false-alarm budget from the others. */
export const customGuardrailsMax = 10;
/** A counter's name with attributes, or a query. */
export const metricExpressionCharsMax = 2_000;
/** Probes of an app, how often each is asked, and how long it may take. */
export const probesMax = 8;
export const probeEveryMsMin = 500;
export const probeEveryMsMax = 600_000;
export const probeTimeoutMsMax = 30_000;

/** Steps of a rollout's policy: more is a ramp, and that is what `adaptive` is for. */
export const rolloutStepsMax = 50;
export const cohortRulesMax = 50;
/** Users named one by one in a rule; more of them share a header, a cookie or a percentage. */
export const cohortUsersMax = 1_000;
export const dailyWindowsMax = 20;
/** How long users by rule have a candidate alone, if nothing is said. */
export const cohortsAloneMs = 60_000;
/** Failures of copies that are tolerated where no tolerance of errors is set: half as many again. */
export const shadowTolerance = { ratio: 1.5, absolute: 0.005 } as const;
/** Apps that one may name to go together with: all of them end as one, so few. */
export const togetherAppsMax = 7;
/** How long a change that is ready waits for those of the apps it goes together with, if nothing is said. */
export const togetherWaitMs = 10 * 60_000;
/** Copies that a shadow step waits for, if nothing is said … */
export const shadowRequests = 200;
/** … and the percentage of requests that is copied. */
export const shadowSharePercent = 10;
