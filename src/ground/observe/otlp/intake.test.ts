import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { newId, parseAppName } from "#domain";
import { assert as must } from "#std";
import {
  exportBytesMax,
  exportMessagesMax,
  exportsPerWindowMax,
  exportUnpackedBytesMax,
  exportWindowMs,
  noRoomRetryMs,
  reportingInstancesMax,
  streamSilenceMs,
} from "../limits.ts";
import { createIntake, type MetricExport } from "./intake.ts";
import { openTotals } from "./totals.ts";

const app = parseAppName("shop");
must(app.ok, "a good name");
const identity = { app: app.value, release: newId("rel", () => 0) };
const instance = (index: number) => {
  let digits = index; // base 32, the lowest first
  const digit = (): number => {
    const one = (digits % 32) / 32;
    digits = Math.floor(digits / 32);
    return one;
  };
  return newId("ins", digit);
};
const openedAt = 1_000_000;

interface Metric {
  readonly name: string;
  readonly [kind: string]: unknown;
}

const point = (value: number | string, time = 10) => ({
  attributes: [{ key: "outcome", value: { stringValue: "failed" } }],
  startTimeUnixNano: String(BigInt(openedAt + 1) * 1_000_000n),
  timeUnixNano: String(BigInt(openedAt + time) * 1_000_000n),
  asInt: value,
});
const sum = (value: number | string, more: object = {}): Metric => ({
  name: "payments",
  sum: { dataPoints: [point(value)], aggregationTemporality: 2, isMonotonic: true, ...more },
});

const double = (value: number | string): Metric =>
  sum(0, { dataPoints: [{ ...point(0), asInt: undefined, asDouble: value }] });

function jsonExport(metrics: readonly Metric[]): string {
  // A field of a later version and an exemplar with a hexadecimal id are skipped.
  const exemplars = [{ traceId: "5b8efff798038103d269b633813fc60c", timeUnixNano: "1" }];
  return JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "another" } }] },
        scopeMetrics: [{ scope: { name: "shop" }, metrics, exemplars, later: { than: "us" } }],
      },
    ],
  });
}

function open() {
  const totals = openTotals(openedAt);
  const clock = { at: openedAt + 20 };
  const warned: string[] = [];
  const log = { warn: (event: string) => void warned.push(event) };
  const intake = createIntake({ totals, clock: { now: () => clock.at }, log });
  const paid = (index = 0): number => totals.sum(instance(index), { name: "payments", where: {} });
  const send = async (sent: Partial<MetricExport>, index = 0) => {
    const answer = await intake.take(
      { ...identity, instance: instance(index) },
      {
        contentType: "application/json",
        contentEncoding: undefined,
        body: new Uint8Array(),
        ...sent,
      },
    );
    return { ...answer, text: Buffer.from(answer.body).toString() };
  };
  return { totals, clock, paid, send, warned };
}

/** A message of protobuf as field `number` of another; lengths below 2 MiB. */
function within(number: number, inner: Uint8Array): Buffer {
  const size = inner.byteLength;
  const length = [(size & 127) | 128, ((size >> 7) & 127) | 128, size >> 14];
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), inner]);
}
/** An export of one counter with the value 5 of a resource with one attribute, and of what is `more`. */
function protobufExport(attribute: Uint8Array, more = Buffer.alloc(0)): Partial<MetricExport> {
  const value = Buffer.from([0x31, 5, 0, 0, 0, 0, 0, 0, 0]);
  const sums = Buffer.concat([within(1, value), Buffer.from([0x10, 1, 0x18, 1])]);
  const metric = Buffer.concat([within(1, Buffer.from("payments")), within(7, sums)]);
  const resource = within(1, within(1, within(2, attribute)));
  const body = within(1, Buffer.concat([resource, within(2, within(2, metric)), more]));
  return {
    contentType: "application/x-protobuf",
    contentEncoding: "gzip",
    body: gzipSync(body),
  };
}
const manyBytes = Buffer.alloc(1_000_000, "a");
const emptyScopes = (count: number) => Buffer.alloc(2 * count, Buffer.from([0x12, 0]));
const nested = (depth: number): Uint8Array =>
  Array.from({ length: depth }).reduce<Uint8Array>(
    (inner) => within(5, within(1, inner)),
    new Uint8Array(),
  );

const gzip = (text: string) => ({ contentEncoding: "gzip", body: gzipSync(text) });
const plain = (text: string) => ({ body: Buffer.from(text) });

type Case = readonly [
  claim: string,
  sent: Partial<MetricExport>,
  expected: { readonly status: number; readonly says?: RegExp; readonly paid?: number },
];

// oxfmt-ignore
const cases: readonly Case[] = [
  ["a counter is taken", plain(jsonExport([sum(5)])), { status: 200, says: /^\{\}$/, paid: 5 }],
  ["gzip is unpacked", gzip(jsonExport([sum(5)])), { status: 200, paid: 5 }],
  ["a number as text is taken", plain(jsonExport([sum("7")])), { status: 200, paid: 7 }],
  ["a histogram's count is taken", plain(jsonExport([{ name: "payments", histogram: { aggregationTemporality: 2, dataPoints: [{ ...point(0), asInt: undefined, count: "4" }] } }])), { status: 200, paid: 4 }],
  ["an exponential histogram's, too", plain(jsonExport([{ name: "payments", exponentialHistogram: { aggregationTemporality: 1, dataPoints: [{ ...point(0), asInt: undefined, count: "4" }] } }])), { status: 200, paid: 4 }],
  ["a temporality by name is taken", plain(jsonExport([sum(5, { aggregationTemporality: "AGGREGATION_TEMPORALITY_CUMULATIVE" })])), { status: 200, paid: 5 }],
  ["a gauge is refused and said", plain(jsonExport([{ name: "memory", gauge: { dataPoints: [point(1)] } }, sum(5)])), { status: 200, says: /"rejectedDataPoints":"1".*memory is a gauge/, paid: 5 }],
  ["a sum that may fall is refused", plain(jsonExport([sum(5, { isMonotonic: false })])), { status: 200, says: /payments is a sum that may fall/, paid: 0 }],
  ["a sum without temporality is refused", plain(jsonExport([sum(5, { aggregationTemporality: 0 })])), { status: 200, says: /without a temporality/, paid: 0 }],
  ["a metric of no kind is passed over", plain(jsonExport([{ name: "payments" }, sum(5)])), { status: 200, paid: 5 }],
  ["a negative value is no count", plain(jsonExport([sum(-5)])), { status: 200, says: /no count/, paid: 0 }],
  ["NaN is no count", plain(jsonExport([double("NaN")])), { status: 200, says: /no count/, paid: 0 }],
  ["Infinity is no count", plain(jsonExport([double("Infinity")])), { status: 200, says: /no count/, paid: 0 }],
  ["nor is what only a float can hold", plain(jsonExport([double(1e300)])), { status: 200, says: /"rejectedDataPoints":"1".*payments is no count/, paid: 0 }],
  ["nor a part of one", plain(jsonExport([double(2.5)])), { status: 200, says: /whole number up to 2\^53/, paid: 0 }],
  ["a whole number as a float is", plain(jsonExport([double(3)])), { status: 200, paid: 3 }],
  ["the largest whole number is taken", plain(jsonExport([sum("9007199254740991")])), { status: 200, paid: 9_007_199_254_740_991 }],
  ["the next is refused", plain(jsonExport([sum("9007199254740992")])), { status: 200, says: /no count/, paid: 0 }],
  ["a point without a value is passed over", plain(jsonExport([sum(5, { dataPoints: [{ ...point(0), flags: 1 }] })])), { status: 200, paid: 0 }],
  ["an empty export is an export", plain("{}"), { status: 200, paid: 0 }],
  ["an empty protobuf, too", { contentType: "application/x-protobuf" }, { status: 200, paid: 0 }],
  ["broken JSON is refused", plain(`{"resourceMetrics":[`), { status: 400, says: /not an export of metrics/ }],
  ["JSON of another shape is refused", plain(`{"resourceMetrics":3}`), { status: 400, says: /not an export of metrics/ }],
  ["very deep JSON is refused", plain(`{"resourceMetrics":[{"resource":{"attributes":[{"key":"a","value":${`{"arrayValue":{"values":[`.repeat(20_000)}${"]}}".repeat(20_000)}}]}}]}`), { status: 400 }],
  ["broken protobuf is refused", { contentType: "application/x-protobuf", body: Buffer.from("{not protobuf}") }, { status: 400 }],
  ["broken gzip is refused", { contentEncoding: "gzip", body: Buffer.from("not gzip") }, { status: 400, says: /not gzip/ }],
  ["gzip that was cut off is refused", { contentEncoding: "gzip", body: gzipSync(jsonExport([sum(5)])).subarray(0, 40) }, { status: 400, says: /cut off/, paid: 0 }],
  ["a body at the limit is read", plain(" ".repeat(exportBytesMax - 2) + "{}"), { status: 200 }],
  ["a body over the limit is refused", plain(" ".repeat(exportBytesMax - 1) + "{}"), { status: 413, says: /1048576 bytes/ }],
  ["what unpacks to more than the limit is refused", gzip(" ".repeat(exportUnpackedBytesMax) + "{}"), { status: 413, says: /unpacked/ }],
  ["an attribute of a resource may be bytes, and in a list", protobufExport(within(5, within(1, within(7, manyBytes.subarray(0, 40_000))))), { status: 200, paid: 5 }],
  ["a resource with a long text is refused, however many scopes it has", protobufExport(within(1, manyBytes), emptyScopes(3_000)), { status: 200, says: /more than 65536 characters/, paid: 0 }],
  ["many bytes are not spelt out", protobufExport(within(7, manyBytes)), { status: 200, says: /more than 65536 characters/, paid: 0 }],
  ["nor those in a list", protobufExport(within(5, within(1, within(7, manyBytes)))), { status: 200, says: /more than 65536 characters/, paid: 0 }],
  ["as many messages as the limit are read", protobufExport(within(1, Buffer.alloc(0)), emptyScopes(exportMessagesMax - 10)), { status: 200, paid: 5 }],
  ["a million empty scopes are refused", protobufExport(within(1, Buffer.alloc(0)), emptyScopes(1_000_000)), { status: 400, says: /more than 50000 resources, scopes/, paid: 0 }],
  ["so are as many fields that are skipped", protobufExport(within(1, Buffer.alloc(0)), Buffer.alloc(600_000, Buffer.from([0x78, 1]))), { status: 400, says: /more than 250000 fields/, paid: 0 }],
  ["scopes that hide behind another wire type are found", { contentType: "application/x-protobuf", body: Buffer.concat([Buffer.from([0x08, 4]), emptyScopes(2)]) }, { status: 400, says: /field 1 of ExportRequest has the wire type 0/ }],
  ["deep protobuf is refused", protobufExport(nested(30)), { status: 400, says: /more than 20 messages in one another/ }],
  ["a message longer than the one it is in is refused", { contentType: "application/x-protobuf", body: Buffer.from([0x0a, 2, 0x12, 9, 0, 0]) }, { status: 400, says: /premature EOF/ }],
  ["a long name is refused", plain(jsonExport([{ ...sum(5), name: "p".repeat(1_000) }, sum(5)])), { status: 200, says: /"rejectedDataPoints":"1".*a name of more than 512/, paid: 5 }],
  ["JSON of a hundred thousand resources is refused", gzip(`{"resourceMetrics":[${"{},".repeat(100_000)}{}]}`), { status: 400, says: /more than 50000 resources/ }],
  ["JSON of very many fields is refused", gzip(`{"a":[${"[],".repeat(300_000)}[]]}`), { status: 400, says: /more than 250000 fields/ }],
  ["brackets in text are text", plain(jsonExport([{ ...sum(5), unit: `{\\"${"[".repeat(100)}` }])), { status: 200, paid: 5 }],
  ["another type is refused", { contentType: "text/plain" }, { status: 415, says: /content-type/ }],
  ["no type is refused", { contentType: undefined }, { status: 415 }],
  ["another encoding is refused", { contentEncoding: "zstd" }, { status: 415, says: /content-encoding/ }],
];
for (const [claim, sent, expected] of cases) {
  test(`intake: ${claim}`, async () => {
    const { send, paid } = open();
    const { status, text } = await send(sent);
    assert.equal(status, expected.status, text);
    if (expected.says !== undefined) assert.match(text, expected.says);
    if (expected.paid !== undefined) assert.equal(paid(), expected.paid);
  });
}

test("intake: the same body sent again counts once, and is answered as the first was", async () => {
  const { send, paid } = open();
  const delta = jsonExport([sum(5, { aggregationTemporality: 1 })]);
  assert.equal((await send(plain(delta))).status, 200);
  assert.equal((await send(gzip(delta))).status, 200);
  assert.equal(paid(), 5);
});

test("intake: exports over the rate are refused with when to come again, and then taken", async () => {
  const { send, clock } = open();
  for (let count = 0; count < exportsPerWindowMax; count += 1) {
    assert.equal((await send(plain("{}"))).status, 200);
  }
  clock.at += 1_000;
  const refused = await send(plain("{}"));
  assert.deepEqual([refused.status, refused.retryAfterMs], [429, exportWindowMs - 1_000]);
  clock.at += exportWindowMs;
  assert.equal((await send(plain("{}"))).status, 200);
});

const delta = (value: number, time: number) =>
  plain(jsonExport([sum(value, { aggregationTemporality: 1, dataPoints: [point(value, time)] })]));

test("intake: one instance more than there is room for takes nothing from those that report", async () => {
  const { send, clock, paid, warned } = open();
  const intervalMs = 5_000;
  const instances = Array.from({ length: reportingInstancesMax + 1 }, (_, index) => index);
  const late = reportingInstancesMax;
  for (let round = 1; round <= 3; round += 1) {
    clock.at += intervalMs;
    for (const index of instances) {
      const { status, retryAfterMs } = await send(delta(round, round * intervalMs), index);
      assert.equal(status, index === late ? 429 : 200);
      if (index === late) assert.equal(retryAfterMs, noRoomRetryMs);
    }
    // And what is sent again counts once, however many others reported meanwhile.
    await send(delta(round, round * intervalMs), 0);
  }
  assert.deepEqual(new Set(instances.map((index) => paid(index))), new Set([6, 0]));
  assert.deepEqual([paid(0), paid(late)], [6, 0]);
  assert.deepEqual(warned, ["metrics.instance_refused"], "it is said, and once");
  clock.at += streamSilenceMs + 1;
  assert.equal((await send(delta(4, 4 * intervalMs), late)).status, 200);
  assert.equal(paid(late), 4, "those who fell silent make room");
});

/** As many points as an export may have, each with an attribute, and none like those of another one. */
const largeExport = (nth: number): string =>
  jsonExport([
    sum(0, { dataPoints: Array.from({ length: 4_000 }, (_, index) => point(nth, 10 + index)) }),
  ]);

test("intake: points cost what they are: few large exports are refused as many small ones are, and told when to come again", async () => {
  const { clock, send, paid } = open();
  let taken = 0;
  let refused;
  // Far fewer than may come by number or by bytes.
  while (refused === undefined && taken < exportsPerWindowMax / 2) {
    const body = gzipSync(largeExport(taken + 1));
    const answer = await send({ body, contentEncoding: "gzip" });
    if (answer.status === 200) taken += 1;
    else refused = answer;
  }
  assert.ok(refused !== undefined && taken >= 3, `${taken} were taken`);
  assert.equal(refused.status, 429);
  assert.match(refused.text, /points, attributes and values in 10 s; export fewer of them/);
  const before = paid();
  const { retryAfterMs = 0 } = refused;
  assert.ok(retryAfterMs > 0 && retryAfterMs <= exportWindowMs, String(retryAfterMs));
  const other = await send({ body: Buffer.from(jsonExport([sum(1)])) }, 1);
  assert.equal(other.status, 200, "another instance is not held back by it");
  clock.at += retryAfterMs - 1;
  assert.equal((await send({ body: Buffer.from(jsonExport([sum(9)])) })).status, 429);
  clock.at += 1;
  assert.equal((await send({ body: Buffer.from(jsonExport([sum(9)])) })).status, 200);
  assert.ok(paid() >= before);
});

test("intake: what cannot be read is work, too", async () => {
  const { send } = open();
  const statuses = new Set<number>();
  for (let nth = 0; nth < exportsPerWindowMax / 2; nth += 1) {
    statuses.add((await send({ body: Buffer.from(`{"resourceMetrics": ${nth}`) })).status);
  }
  assert.deepEqual([...statuses], [400, 429]);
});
