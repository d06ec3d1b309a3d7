/** Every bound of the platform, with its unit. Changing one changes what a hostile program can do. */

/** Apps of one data directory; each has an uid of its own for ever. */
export const uidsPerDataDirMax = 10_000;
/**
 * Uids of apps start here: above every range that distributions, containers and subordinate ids use
 * (systemd's "UIDS-GIDS" page lists them), and below 2^31, which some programs take for negative.
 */
export const uidFirst = 1_900_000_000;
/** Data directories get ranges by hash; two of a machine's few meeting has one chance in 20,000. */
export const uidRanges = 20_000;

/** Ports given to instances: below the kernel's ephemeral range, so no outgoing connection takes one. */
export const portFirst = 20_000;
export const portLast = 29_999;
/**
 * Ports of ended instances that are given to no other: after a stop of everything the edges lead users to where their
 * apps were, until those are started again, and another app there would get their requests.
 */
export const pastPortsMax = 1_000;

/** Bound of each in-memory file system of a sandbox (`/tmp`, the home, `/dev/shm`); also charged to its memory. */
export const tmpfsBytesMax = 1024 * 1024 * 1024;

/** A line longer than this is cut into several. */
export const logLineBytesMax = 4096;
/** An instance's log is copied aside and truncated past this; one copy is kept. */
export const instanceLogBytesMax = 10 * 1024 * 1024;
/** A platform process's own log, the same way. */
export const supervisedLogBytesMax = 5 * 1024 * 1024;
/** Between two looks at how long an instance's log has become: so exactly its lines are in order. */
export const logMarkMs = 250;
/** Marks of one log, 20 bytes each; when there are more, every second one is forgotten. */
export const logMarksMax = 20_000;
/** What `tail` reads back at most, from the end. */
export const tailBytesMax = 4 * 1024 * 1024;
/** Lines that `StartFailed` carries. */
export const failureLogLines = 30;

/** Finished steps and ended instances whose directories are kept, newest first. */
export const stepsKeptMax = 1000;
export const instancesKeptMax = 200;
/** What their directories may hold together, logs for the most part; beyond it the oldest go as well. */
export const stepsBytesMax = 2 * 1024 ** 3;
export const instancesBytesMax = 2 * 1024 ** 3;
/** Not before this long after their end: longer than a step may take, and its delivery may still ask. */
export const jobQuietMs = 3 * 3_600_000;
/** How often that is looked after, besides at the start. */
export const pruneEveryMs = 3_600_000;

/** Between two looks at a running step's output, processes and memory. */
export const stepWatchMs = 100;
/** Forks may be refused for this many looks in a row before the step counts as a fork bomb. */
export const forkRefusalsMax = 10;
/** A work directory is measured again at least this often while its file system fills. */
export const diskMeasureMs = 1000;

/**
 * The readiness probe: attempts to connect start this far apart, and each wait is longer by the factor, up
 * to the last number. So a look comes late by 3 % of what the start took, and costs 0.2 ms.
 */
export const connectFirstMs = 2;
export const connectGrowthRatio = 1.03;
export const connectMaxMs = 25;
/** Between two health requests that were answered, but not well. */
export const healthRetryMs = 100;
/** One health request waits this long for its answer before it is sent again. */
export const healthRequestMs = 5000;
/** A process without a port that lives this long has started. */
export const aliveMs = 50;

/** A log is looked at this often even when the kernel told of no change. */
export const followPollMs = 1000;
/** A process that ended without saying so (killed wrapper) is noticed within this time. */
export const endPollMs = 1000;
/** How long a launch may take to claim its directory before it counts as failed. */
export const claimMs = 10_000;
/** SIGKILL repeats for this long until nothing of a tree is left. */
export const killMs = 10_000;

/** Wait before the first restart of a supervised child, and the longest one. */
export const restartFirstMs = 40;
export const restartMaxMs = 10_000;
/** A child that lived this long starts again without a wait. */
export const restartForgetMs = 30_000;
/** How long a supervised child may take to become ready before the next one starts anyway. */
export const childReadyMs = 60_000;
/** Between two looks whether a supervised child is ready, or an adopted one is alive. */
export const childWatchMs = 50;
/** SIGTERM, then this long, then SIGKILL; `ChildSpec.graceMs` overrides. */
export const childGraceMs = 10_000;

/** Attempts to remove a control group whose last member is just leaving, and the time between them. */
export const groupRemovalRounds = 500;
export const groupRemovalMs = 2;

/** Without control groups: how much more than its memory a process may map. */
export const mappedBytesSpare = 2 * 1024 * 1024 * 1024;
