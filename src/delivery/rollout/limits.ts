/** Bounds and constants of the statistics and the decision, each with its unit and its reason. */

/** "Safe" needs this many distinct users of the candidate, when users can be told apart: a fault
 * that meets 3 % of users would have met one with 95 % (the rule of three) … */
export const safeUsersWanted = 100;
/** … or, where there are not so many, this part of all users who came … */
export const safeUsersRatio = 0.25;
/** … or, where a step of the policy lets in no more, this part of whom it should have met … */
export const safeUsersOfStepRatio = 0.5;
/** … and so many at least: a fault that hits one user in four would have been met with 94 %. */
export const safeUsersMin = 10;
/** "Safe" is not said earlier than this after the first exposure, however much traffic there is. */
export const safeAfterExposureMsMin = 5_000;

/** The unit falls back from users to requests above this share of requests without a user's key … */
export const unkeyedRatioMax = 0.5;
/** … or once this share of the baseline's users has had its first harm: little is left to see. */
export const usersHarmedRatioMax = 0.5;
/** Requests of a user are not independent: counted by requests, harm must be more than this ratio. */
export const requestRatioMargin = 1.25;
/** Errors' part of alpha, where every other guardrail's is 1. */
export const errorsAlphaWeight = 3;
/** A margin while the baseline has too few instances to be compared among themselves. */
export const startMarginRatio = 1.25;
/** This many instances (or tenths of users) of the baseline show how much they differ. */
export const instancesToCalibrateMin = 3;
/** Instances of one arm that are told apart in one rollout; later ones are not used to calibrate. */
export const instancesRemembered = 64;
/** What the variance of the logs of instances' error ratios is taken to be before it is known, and how surely. */
export const instancesLogVariance = 0.05;
export const instancesLogVarianceSpread = 0.2;
/** The same of tenths of the users. */
export const groupsLogVariance = 0.06;
export const groupsLogVarianceSpread = 0.1;
/** Instances are compared among themselves over stretches of this length: they wander. */
export const calibrationStretchMs = 60_000;
/** A margin covers luck up to this many standard deviations: 97.5 % of draws, one-sided, where ten units tell the
 * deviation (Student's t of nine degrees). */
export const luckDeviations = 2.26;
/** "The split is broken" is wrong with at most this probability per rollout: it is a fault of ours or of
 * identity, said of thousands of rollouts, and costs no more than some ten users to see when it is gross. */
export const splitAlpha = 0.0005;
/**
 * Beside first harms, requests are judged at this margin at least, or at this many times the luck that
 * calibration finds, with this part of the errors' alpha. Measured: of healthy releases before skewed users
 * at 25 % exposure no more are stopped (1.5 % of 200 runs); at the luck itself it would be 4.5 %.
 */
export const repeatedHarmRatioMin = 2.2;
export const repeatedHarmLuckRatio = 1.5;
export const repeatedHarmAlphaShare = 0.02;
/** Users who are stuck (three failed requests in a row) are judged with this part of the errors' alpha:
 * a few of them prove it, since the baseline has next to none. */
export const stuckHarmAlphaShare = 0.04;
/** Half-life of the estimate that is held against the tolerance: late harm shows within a fraction of it. */
export const estimateHalfLifeMs = 120_000;

/** Thresholds below this are not judged: nobody notices them, and a fresh process is always slower. */
export const latencyThresholdMsMin = 50;
export const latencyThresholdMsMax = 10_000;
/** Every second bound of the grid: a factor of 1.59, fine enough and half the cost. */
export const latencyThresholdStride = 2;
/** One interval adds at most this much evidence of slowness (nats): a single stall slows all requests
 * of its moment together, and they are one event. Capping an e-value from above keeps it valid. */
export const latencyLogEPerIntervalMax = 2.7;

/** An instance of the candidate that exits this often on its own is a crash loop. */
export const crashExitsMax = 2;

/** Memory counts as running out above this part of the limit: the garbage of a healthy release stays below. */
export const saturationLimitRatio = 0.8;
/** An instance that was ended for its memory this often is out of it. */
export const saturationRestartsMax = 2;

/** Until anything is known, at most this percentage of users is exposed, even when traffic is low. */
export const firstExposurePercentMax = 50;
/** Confidence 1 - this for the bound on the candidate's excess harm that sets exposure. */
export const exposureBoundAlpha = 0.05;
/** Exposure is planned so that so many standard deviations of the harm that is expected fit into the budget … */
export const plannedDeviations = 4.5;
/** … and at the first step so many: the busiest of 3,000 users (Zipf) sends a tenth of all
 * requests, and may be in it. */
export const plannedDeviationsFirst = 6;
/** The bound is never taken to be lower than this: what was clean so far may still break. */
export const excessRatioFloor = 0.01;
/** Exposure moves only if it grows by this factor (or reaches its cap): each move is a route table. */
export const exposureGrowthFactorMin = 1.25;
/** What could be hurt is counted over the telemetry delay and this interval of looking. */
export const lookIntervalMs = 1_000;

/** Telemetry counts as missing after this long without an interval, or three delays if that is longer. */
export const telemetryMissingMs = 5_000;
/** After this long without a request the traffic of before is no ground for a forecast any more. */
export const quietMs = 30_000;
/** Of fewer requests than this no rate is made that a forecast could rest on. */
export const forecastRequestsMin = 20;
/** So many requests should have been counted in a silence before it is said that data is missing: with
 * fewer it may be that nobody came. At any rate nobody is let in on it. */
export const requestsMissedMin = 10;
/** An arm counts as missing after this long without a request while the other has some … */
export const armSilentMs = 10_000;
/** … once this many requests of it should have been among them. */
export const armSilentRequests = 50;
/** Intervals of several edges may end this much before the newest; beyond it a clock was set back. */
export const clockSetBackMs = 60_000;
/** Half-life of the traffic rate that forecasts use. */
export const trafficHalfLifeMs = 20_000;

/** Memory of one instance; beyond it the kernel ends it. */
export const instanceMemoryBytes = 512 * 1024 * 1024;
/** Processes and threads of one instance: Node uses about 12, a pre-forking server some dozens. */
export const instanceProcesses = 512;

/** A release command (migrations) may take this long before the release counts as failed. */
export const releaseCommandTimeoutMs = 10 * 60_000;
export const releaseCommandOutputBytes = 8 * 1024 * 1024;
export const releaseCommandDiskBytes = 256 * 1024 * 1024;

/** Open requests and sockets of an instance get this long to end before it is stopped. */
export const drainTimeoutMs = 30_000;

/** Exits within this window make a crash loop … */
export const crashWindowMs = 60_000;
/** … once there are this many. Three: one may be bad luck, two a slow dependency at start. */
export const crashLoopExits = 3;
/** Exits a release remembers: pauses of up to 30 s leave room for fewer in ten minutes. */
export const crashExitsKept = 200;
/** Pause before an instance that ended is started again. */
export const restartBackoff = { firstMs: 250, maxMs: 30_000 } as const;

/** After taking a candidate away, how long to wait for the edges' last counts. */
export const lastCountsTimeoutMs = 2_500;
/** Stored intervals read at a time. */
export const intervalsPage = 500;
/** Log lines shown beside a failed request. */
export const exampleLogLines = 8;
/** A request the app does not answer in this time has failed. */
export const requestTimeoutMs = 60_000;
/** Telemetry older than this counts as missing while users are exposed. */
export const telemetryDelayMs = 1_500;

/** Releases of an app among which the owner of an instance is looked for, newest first. */
export const releasesSearched = 200;
/** What no release owns gets this long to end. */
export const orphanGraceMs = 10_000;
/** After a stop of everything users wait so long for what served them; the edges take it for starting twice as long. */
export const startingAgainMsMax = 30_000;
/** A route table waits this long for its receipts; an edge that is late is named in the receipt. */
export const publishTimeoutMs = 5_000;
/** A rollout's lease: long enough for a pause of the process, short enough that a dead server's
 * rollouts are watched again before much harm is done. Renewed three times within it. */
export const rolloutLeaseMs = 9_000;

/** A line of a counts file: two histograms and a thousand instances fit into a quarter of it. */
export const countsLineBytesMax = 262_144;
/** Lines of a counts file: an interval a second of one edge for eleven days. */
export const countsLinesMax = 2_000_000;

/** A scenario file; as for manifests, so that no YAML keeps the parser busy. */
export const scenarioBytesMax = 16_384;
/** A run that lasts longer than this is no rollout; it also bounds the number of looks. */
export const scenarioDurationMsMax = 7 * 86_400_000;
/** Some twenty bytes each. */
export const scenarioUsersMax = 1_000_000;
/** In one run: about a minute of computing. */
export const scenarioRequestsMax = 200_000_000;
/** Silence of the edges while users are exposed: after this, a person is asked. */
export const dataMissingHoldMs = 60_000;
/** A bake that cannot be judged when its time is over lasts this much longer; then a person is asked, also
 * when nothing tells for how long counts are missing, as of one edge of many. */
export const bakeOvertimeMs = 300_000;
/** Openings and closings of windows that are looked ahead over: a year of daily ones. */
export const windowChangesMax = 1_000;
/** A metric source's problem that lasts this long is told to the author: one poll that failed is none. */
export const unmeasuredToldMs = 5_000;
/** Users have had a candidate for this long, and a guardrail has counted nothing of it: that is told, too. */
export const unmeasuredAfterMs = 30_000;
/** Pairs of probes before anybody is let in: a candidate that fails all of them is proven to by then. */
export const probePairsMin = 20;

/** Memory of both arms' instances is read this often: it means a walk through their processes. */
export const saturationSampleMs = 5_000;
