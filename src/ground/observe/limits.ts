/** Bounds of the log. */

/** Lines of one event within the window; further ones are counted, and the count is logged. */
export const linesPerEventMax = 120;
export const eventWindowMs = 60_000;

/** Events whose lines are counted; names are fixed words in the source, so there are few. */
export const eventsMax = 1_000;

/** One stage's kept output; the step's own limit is lower, so this only guards against a fault of ours. */
export const changeLogBytesMax = 64 * 1024 * 1024;
/** Lines that wait for a follower; one who is slower misses lines. */
export const logFollowerLinesMax = 1_000;
/** Log files open for writing at once. */
export const logFilesOpenMax = 32;
/** A change's logs stay this long after their last line. */
export const changeLogKeptMs = 90 * 86_400_000;
/** All kept logs of changes; beyond it the oldest go, if nobody wrote to them for `changeLogQuietMs`. */
export const changeLogsBytesMax = 2 * 1024 * 1024 * 1024;
export const changeLogQuietMs = 86_400_000;

/** A metrics export as it arrives, and unpacked: 5,000 points with long attributes are about 2 MiB. */
export const exportBytesMax = 1024 * 1024;
export const exportUnpackedBytesMax = 2 * 1024 * 1024;
/**
 * Messages of one export: resources, scopes, metrics, points, attributes, values. A point with six
 * attributes is 13 of them; stock SDKs keep at most 2,000 points of a metric. About 50 ms of work.
 */
export const exportMessagesMax = 50_000;
/** Fields of all its messages, those included that are skipped. */
export const exportFieldsMax = 250_000;
/** Messages in one another; an attribute of a point is the eighth, and a list in it two more. */
export const exportDepthMax = 20;
/** All attributes of one resource, as text: a process with its command line and labels has up to 10 KiB. */
export const resourceCharsMax = 65_536;
/** Points of one export; an app with more exports its guardrails' counters apart from the rest. */
export const exportPointsMax = 5_000;
/** Exports of one instance within the window; stock SDKs send one in 1 s at the most eager. */
export const exportsPerWindowMax = 60;
export const exportWindowMs = 10_000;
/**
 * Work of one instance's exports within the window, and of all together: messages read, and one for each
 * KiB. The largest export every four seconds; at 1 µs a message that is 2 % of a core, and 30 % for all.
 */
export const exportsMessagesMax = 150_000;
export const allExportsMessagesMax = 3_000_000;
/** What an export costs that could not be read: a part of the largest was looked at. */
export const refusedExportMessages = 10_000;
/** Series of one instance: what is not kept is refused and said, never put in the place of another. */
export const seriesPerInstanceMax = 1_000;
/** A stream that was silent for this long may be forgotten for one that is not. */
export const streamSilenceMs = 120_000;
/** One series' name with its attributes. */
export const seriesKeyCharsMax = 512;
/**
 * Instances that report at the same time. Further ones are refused: to forget one that reports would take
 * its counts from it. Each costs 10 KiB for its last bodies, and its part of the next bound.
 */
export const reportingInstancesMax = 1_000;
/** Series and streams of all instances: 0.9 KiB each with the longest keys, so 180 MiB; 50 MiB with usual ones. */
export const keptSeriesMax = 200_000;
/** An instance that ended may still report for this long: its last export may come behind it. */
export const endedInstanceMs = 10_000;
/** When an instance that found no room may ask again. */
export const noRoomRetryMs = 30_000;
/** Names of metrics that cannot be counted, kept per instance to say so. */
export const unusableNamesMax = 200;
/** Bodies of an instance that are recognised when an exporter sends them again. */
export const exportsRememberedMax = 64;

/** Both arms' counts become a reading at most this often. */
export const readingIntervalMs = 2_000;
/** An arm that told nothing of a guardrail for this long is said to be missing. */
export const metricSilenceMs = 15_000;
/** Events that may wait for the sample they belong to before they are called no part of it. */
export const eventsWaitingMax = 20;
/** Looks whose requests are remembered, for what an arm had at its last report: 30 min of seconds. */
export const looksRememberedMax = 1_800;

/** How often a Prometheus server is asked, how long it may take, and how much it may answer. */
export const prometheusPollMs = 5_000;
export const prometheusTimeoutMs = 3_000;
export const prometheusAnswerBytesMax = 65_536;
/** Series of one answer: one for each instance, not one for each user. */
export const prometheusSeriesMax = 200;
/** Series of one counter whose last value is remembered; the one longest unseen is forgotten first. */
export const prometheusSeriesKeptMax = 1_000;

/** What a probe reads of an answer before it lets go of it. */
export const probeAnswerBytesMax = 65_536;

/** OpenTelemetry's export interval that instances are given: evidence comes this late. */
export const metricExportIntervalMs = 5_000;

/** Lines between two that a log's index knows: 1,000,000 lines take 4,000 numbers. */
export const lineStride = 256;
/** Files whose lines are indexed, of those that were looked at last. */
export const logIndicesMax = 256;
/** Read at a time when a log is looked through: about 3 ms of work. */
export const logChunkBytes = 1024 * 1024;
/** By so many of its last bytes a file is known again. */
export const logEndBytes = 256;
/** A line as it is shown; what is beyond is cut. */
export const logShownLineBytesMax = 4_096;
/** All lines of one window; one with longer lines gives fewer of them. */
export const logWindowBytesMax = 1024 * 1024;
/** Lines sent at a time to who follows a log. */
export const logFollowLinesMax = 2_000;
/** Between two looks at a followed log that is written to all the time: twenty a second are as good as live. */
export const logFollowPauseMs = 50;
/** A followed log is looked at this often even when the kernel told of no change. */
export const logLookAgainMs = 1_000;
