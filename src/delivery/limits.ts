/** Bounds of the plot, each with its unit and its reason. */

/** A lease on a delivery or a chore. A dead server's work is taken up when it runs out. */
export const leaseMs = 9_000;
/** Changes, rollouts and chores under way at once in one server. Rollouts mostly wait; builds cost. */
export const concurrency = { deliver: 8, rollout: 500, tidy: 4 } as const;
/** Pause before failed work is tried again; it doubles with each failure. */
export const workBackoff = { firstMs: 250, maxMs: 30_000 } as const;
/** The same for a rollout: while nobody looks, nobody takes a harmful candidate away. */
export const rolloutBackoff = { firstMs: 250, maxMs: 2_000 } as const;
/** A stage that fails for reasons of ours this often in a row, while the store answers, ends its change. */
export const stageFailuresMax = 6;
/** Pause before a loop that lost the store (or the data plane) listens again. */
export const listenAgainMs = 500;

/** How often a write is made anew because somebody else wrote first. */
export const conflictsMax = 20;
/** A rollout that is told to give way gets this long, when a person waits for it. */
export const stepAsideTimeoutMs = 30_000;
/** How often an end is looked for when no wake-up comes (another server drives the rollout). */
export const lookForEndMs = 500;
/** A release that only changes configuration looks this often whether its turn has come. */
export const configTurnMs = 1_000;

/** A change that waits for those of other apps looks this often whether they have come or gone. */
export const gatherLookMs = 1_000;
/** Apps whose changes go together, however they name each other: one transaction ends all of them. */
export const jointAppsMax = 8;
/** The end of a joint rollout is waited for this long at a time before a deleted app is forgotten. */
export const forgetAgainMs = 5_000;

/** An app's newest changes among which those are that a push makes obsolete. */
export const recentChanges = 20;
/** An app's newest changes that a person took back from everybody, and of how many that it brings a push is told. */
export const changesTakenBack = 20;
export const changesContained = 3;
/** Changes among which a commit's prefix is looked for, newest first; read at a time where more are needed. */
export const changesSearched = 1_000;
/** Changes that a way back takes back or brings back, newest first: each is three items of its one transaction. */
export const changesTurnedMax = 1_500;
/** An app's releases among which one is looked for by number, newest first. */
export const releasesSearched = 1_000;

/** Rollouts over time that are kept folded, of those that were asked for last: about 2 MB each with 2,000 points. */
export const seriesKeptMax = 16;
/** A change's journal entries that its story is made from. */
export const changeEntriesMax = 1_000;
/** Kept logs of an app's instances that are listed. */
export const logSourcesMax = 200;
/** An app's newest test runs among which a case's history is told. */
export const testRunsMax = 50;
/** The newest live changes whose durations are summed up. */
export const durationsChangesMax = 500;
/** Intervals read at a time; a store gives no more. */
export const seriesPageIntervals = 1_000;
/** What happened to a rollout, as its graphs mark it. */
export const rolloutMarksMax = 200;

/** Lines of each release, of all its instances together, in which errors are looked for: the newest. */
export const errorLinesMax = { candidate: 20_000, baseline: 50_000 } as const;
/** Characters of each release's lines that are looked through. */
export const errorCharsMax = 8_000_000;
/** Releases whose logs are read as one's own: it, what it restores, what that restores. */
export const errorReleasesMax = 10;
/** Instances of each release whose logs are read for errors, those that started last. */
export const errorInstancesMax = 10;
/** Lines read at a time; between two reads others have their turn. */
export const errorWindowLines = 2_000;
/** When lines were written is looked up for so long at most. */
export const timesTimeoutMs = 5_000;
/** Errors of a rollout that lives are looked for anew after this time, however many ask. */
export const errorsKeptMs = 3_000;
/** Rollouts whose errors are kept so. */
export const errorsKeptMax = 50;

/** A link by which a browser is put into a rollout is opened within this time. */
export const cohortPassMs = 10 * 60_000;

/** A push is written down within this time, also while the database restarts; else its author is told. */
export const recordTimeoutMs = 60_000;
/** Lines of a build's output that a push shows; the rest is in the change's log. */
export const buildLinesTold = 200;

/** Releases kept warm per app: the one before the live one. Each costs the memory of its processes. */
export const warmReleasesMax = 1;
/** How often a server looks for what is no longer needed, and for pushes that were not written down. */
export const chorePauseMs = 10 * 60_000;
/** A release that has been starting for this long without anybody delivering it is given up. */
export const startingTimeoutMs = 30 * 60_000;

/** An app's newest published releases that can be restored, besides all that run or are under way. */
export const releasesRestorable = 10;
/** How often what is no longer needed is looked for: after a delivery, and then again and again. */
export const retainAfterMs = 60_000;
export const retainEveryMs = 3_600_000;
