/** The `Log` port on pino: one JSON object a line, with time, level, the program's name and the event. */
import { pino } from "pino";
import type { Log } from "#domain";
import { eventsMax, eventWindowMs, linesPerEventMax } from "./limits.ts";

export interface LogOptions {
  /** Which program speaks: "server", "edge-0". */
  readonly name: string;
  readonly level: "error" | "warn" | "info" | "debug" | "silent";
  /** A file's path, a descriptor, or whatever takes lines; default: standard error. */
  readonly destination?: string | number | { write(line: string): void };
  readonly now?: () => number;
}

type Level = keyof Log;
type Fields = Readonly<Record<string, unknown>>;

/** Members that could hold a secret, at the top and one level down, whatever they were put there for. */
const secretNames = ["authorization", "cookie", "password", "secret", "token"];
const redacted = secretNames.flatMap((name) => [name, `*.${name}`]);

/**
 * Makes a log. It writes at once rather than from a buffer: events are few, and the last ones before a
 * crash are those that matter. An event that repeats without end is cut off and its lines are counted.
 */
export function createLog(options: LogOptions): Log {
  const { name, level, destination = 2, now = Date.now } = options;
  const sink =
    typeof destination === "object"
      ? destination
      : pino.destination({ dest: destination, sync: true, mkdir: true });
  const logger = pino(
    {
      name,
      level,
      base: null,
      messageKey: "event",
      errorKey: "error",
      redact: { paths: redacted, censor: "[secret]" },
      timestamp: () => `,"at":${now()},"program":${JSON.stringify(name)}`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.errWithCause },
    },
    sink,
  );
  const admit = floodGate(now, (event, suppressedCount) => {
    logger.warn({ suppressedEvent: event, suppressedCount }, "log.lines_suppressed");
  });
  const at =
    (label: Level) =>
    (event: string, fields: Fields = {}) => {
      if (logger.isLevelEnabled(label) && admit(event)) logger[label](fields, event);
    };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

/** Lets through so many lines of an event in a window, and tells of the rest when the window is over. */
function floodGate(now: () => number, tell: (event: string, suppressedCount: number) => void) {
  const windows = new Map<string, { startedAt: number; lines: number }>();
  return (event: string): boolean => {
    const known = windows.get(event);
    if (known !== undefined && now() - known.startedAt < eventWindowMs) {
      known.lines += 1;
      return known.lines <= linesPerEventMax;
    }
    if (known !== undefined && known.lines > linesPerEventMax) {
      tell(event, known.lines - linesPerEventMax);
    }
    if (windows.size >= eventsMax) windows.clear();
    windows.set(event, { startedAt: now(), lines: 1 });
    return true;
  };
}
