/**
 * Takes exports of metrics over OTLP/HTTP, in protobuf or JSON, plain or gzip. Knows no server: whoever
 * has one hands in bodies and sends what comes back. All of it is bounded, and each bound has an answer.
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { err, ok, type Result, sha256Hex } from "#std";
import type { Clock, InstanceId, InstanceIdentity, Log } from "#domain";
import {
  allExportsMessagesMax,
  exportBytesMax,
  exportsPerWindowMax,
  exportsRememberedMax,
  exportUnpackedBytesMax,
  exportWindowMs,
  exportsMessagesMax,
  noRoomRetryMs,
  refusedExportMessages,
  reportingInstancesMax,
  streamSilenceMs,
} from "../limits.ts";
import { decodeExport, type Encoding, encodeResponse, encodeStatus } from "./messages.ts";
import { pointsOf } from "./points.ts";
import { openRecent } from "./recent.ts";
import type { Totals } from "./totals.ts";
import { openWorkBudget, type WorkBudget } from "./work-budget.ts";

export interface MetricExport {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly body: Uint8Array;
}

export interface MetricAnswer {
  readonly status: 200 | 400 | 413 | 415 | 429;
  readonly contentType: "application/x-protobuf" | "application/json";
  readonly body: Uint8Array;
  readonly retryAfterMs?: number;
}

export interface MetricIntake {
  /** What one instance sends counts as its own, whatever the export says of its origin. */
  take(identity: InstanceIdentity, sent: MetricExport): Promise<MetricAnswer>;
}

interface Refused {
  readonly status: 400 | 413 | 415 | 429;
  readonly message: string;
  readonly retryAfterMs?: number;
}

interface Sender {
  windowFrom: number;
  exports: number;
  readonly work: WorkBudget;
  /** Digests of the last bodies, the oldest first. */
  readonly bodies: Set<string>;
}

const unpack = promisify(gunzip);
const encodings: Readonly<Record<string, Encoding>> = {
  "application/x-protobuf": "protobuf",
  "application/json": "json",
};

export interface IntakeOptions {
  readonly totals: Totals;
  readonly clock: Pick<Clock, "now">;
  readonly log: Pick<Log, "warn">;
}

export function createIntake({ totals, clock, log }: IntakeOptions): MetricIntake {
  const senders = openRecent<InstanceId, Sender>({
    entriesMax: reportingInstancesMax,
    silenceMs: streamSilenceMs,
    make: () => ({
      windowFrom: 0,
      exports: 0,
      work: openWorkBudget({ unitsMax: exportsMessagesMax, windowMs: exportWindowMs }),
      bodies: new Set(),
    }),
    forgotten: () => undefined,
  });
  const allWork = openWorkBudget({ unitsMax: allExportsMessagesMax, windowMs: exportWindowMs });
  let saidAt = -Infinity;

  /** Said once in a while: those that are refused ask again and again. */
  function refuseSender({ app, instance }: InstanceIdentity, now: number): Refused {
    if (Math.abs(now - saidAt) > streamSilenceMs) {
      saidAt = now;
      log.warn("metrics.instance_refused", { app, instance, reporting: reportingInstancesMax });
    }
    const message = `${reportingInstancesMax} instances report already; this one is not counted`;
    return { status: 429, message, retryAfterMs: noRoomRetryMs };
  }

  return {
    async take(identity, sent) {
      const [type = ""] = (sent.contentType ?? "").toLowerCase().split(";");
      const encoding = encodings[type.trim()];
      if (encoding === undefined) {
        const message = "expected content-type application/x-protobuf or application/json";
        return refusal({ status: 415, message }, "json");
      }
      const now = clock.now();
      const sender = senders.see(identity.instance, now);
      if (sender === undefined) return refusal(refuseSender(identity, now), encoding);
      const busy = overRate(sender, now) ?? overWork(sender.work, allWork, now);
      if (busy !== undefined) return refusal(busy, encoding);
      const body = await unpacked(sent);
      if (!body.ok) return refusal(body.error, encoding);
      // An exporter that got no answer sends the same bytes again. They hold instants, so no two are equal.
      const digest = sha256Hex(body.value);
      if (sender.bodies.has(digest)) return accepted(undefined, encoding);
      const decoded = decodeExport(body.value, encoding);
      const read = decoded.ok ? decoded.value.messages : refusedExportMessages;
      const units = read + Math.ceil(body.value.byteLength / 1024);
      sender.work.spend(units, now);
      allWork.spend(units, now);
      if (!decoded.ok) {
        const message = `not an export of metrics: ${decoded.error}`;
        return refusal({ status: 400, message }, encoding);
      }
      remember(sender, digest);
      const { points, refusals } = pointsOf(decoded.value.request);
      totals.take(identity.instance, { at: now, points, refusals });
      return accepted(refusals.points === 0 ? undefined : refusals, encoding);
    },
  };
}

function overRate(sender: Sender, now: number): Refused | undefined {
  const endsInMs = sender.windowFrom + exportWindowMs - now;
  // A clock that was set back begins a window, too, rather than to end none for long.
  if (endsInMs <= 0 || endsInMs > exportWindowMs) {
    sender.windowFrom = now;
    sender.exports = 0;
  }
  sender.exports += 1;
  if (sender.exports <= exportsPerWindowMax) return undefined;
  return {
    status: 429,
    message: `more than ${exportsPerWindowMax} exports in ${exportWindowMs / 1000} s; raise the export interval`,
    retryAfterMs: Math.max(1, sender.windowFrom + exportWindowMs - now),
  };
}

/** Points cost what they are, however few bytes and requests they came in. */
function overWork(own: WorkBudget, all: WorkBudget, now: number): Refused | undefined {
  const [ownMs, allMs] = [own.waitMs(now), all.waitMs(now)];
  if (ownMs === 0 && allMs === 0) return undefined;
  const whose =
    ownMs > 0
      ? `more than ${exportsMessagesMax} points, attributes and values in ${exportWindowMs / 1000} s`
      : `all instances together report more than ${allExportsMessagesMax} points, attributes and values in ${exportWindowMs / 1000} s`;
  const message = `${whose}; export fewer of them, or raise the export interval`;
  return { status: 429, message, retryAfterMs: Math.max(ownMs, allMs) };
}

function remember({ bodies }: Sender, digest: string): void {
  bodies.add(digest);
  const [oldest] = bodies;
  if (bodies.size > exportsRememberedMax && oldest !== undefined) bodies.delete(oldest);
}

async function unpacked({
  contentEncoding,
  body,
}: MetricExport): Promise<Result<Uint8Array, Refused>> {
  if (body.byteLength > exportBytesMax) {
    return err({ status: 413, message: `expected at most ${exportBytesMax} bytes` });
  }
  const encoding = (contentEncoding ?? "identity").trim().toLowerCase();
  if (encoding === "identity") return ok(body);
  if (encoding !== "gzip") {
    return err({ status: 415, message: "expected content-encoding gzip or identity" });
  }
  try {
    return ok(await unpack(body, { maxOutputLength: exportUnpackedBytesMax }));
  } catch (error) {
    const isLarge =
      error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    return err(
      isLarge
        ? { status: 413, message: `expected at most ${exportUnpackedBytesMax} bytes unpacked` }
        : { status: 400, message: "the body is not gzip, or was cut off" },
    );
  }
}

const contentTypes = { protobuf: "application/x-protobuf", json: "application/json" } as const;

function accepted(
  refused: { readonly points: number; readonly message: string } | undefined,
  encoding: Encoding,
): MetricAnswer {
  return {
    status: 200,
    contentType: contentTypes[encoding],
    body: encodeResponse(refused, encoding),
  };
}

function refusal({ status, message, retryAfterMs }: Refused, encoding: Encoding): MetricAnswer {
  return {
    status,
    contentType: contentTypes[encoding],
    body: encodeStatus(message, encoding),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
