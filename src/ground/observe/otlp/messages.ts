/**
 * The part of OpenTelemetry's metrics protocol that is read, as data: field numbers are those of
 * opentelemetry-proto 1.x, which are stable. One schema serves protobuf and JSON; fields that are not
 * named here are skipped, as the protocol asks of receivers.
 */
import {
  create,
  createFileRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type Message,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { assert, err, ok, type Result } from "#std";
import { jsonSize, protobufSize } from "./bounds.ts";

/** `Message[]` repeats, `A|` belongs to the message's one-of. */
type Fields = Readonly<Record<string, readonly [number, string]>>;

const numberPoint: Fields = {
  attributes: [7, "KeyValue[]"],
  start_time_unix_nano: [2, "fixed64"],
  time_unix_nano: [3, "fixed64"],
  as_double: [4, "double|"],
  as_int: [6, "sfixed64|"],
  flags: [8, "uint32"],
};
const countPoint = (attributes: number, flags: number): Fields => ({
  attributes: [attributes, "KeyValue[]"],
  start_time_unix_nano: [2, "fixed64"],
  time_unix_nano: [3, "fixed64"],
  count: [4, "fixed64"],
  flags: [flags, "uint32"],
});
const pointsOf = (point: string): Fields => ({
  data_points: [1, `${point}[]`],
  aggregation_temporality: [2, "Temporality"],
});

const messages: Readonly<Record<string, Fields>> = {
  ExportRequest: { resource_metrics: [1, "ResourceMetrics[]"] },
  ResourceMetrics: { resource: [1, "Resource"], scope_metrics: [2, "ScopeMetrics[]"] },
  Resource: { attributes: [1, "KeyValue[]"] },
  ScopeMetrics: { scope: [1, "Scope"], metrics: [2, "Metric[]"] },
  Scope: { name: [1, "string"] },
  Metric: {
    name: [1, "string"],
    gauge: [5, "Gauge|"],
    sum: [7, "Sum|"],
    histogram: [9, "Histogram|"],
    exponential_histogram: [10, "ExponentialHistogram|"],
    summary: [11, "Summary|"],
  },
  Gauge: { data_points: [1, "NumberPoint[]"] },
  Sum: { ...pointsOf("NumberPoint"), is_monotonic: [3, "bool"] },
  Histogram: pointsOf("HistogramPoint"),
  ExponentialHistogram: pointsOf("ExponentialHistogramPoint"),
  Summary: { data_points: [1, "NumberPoint[]"] },
  NumberPoint: numberPoint,
  HistogramPoint: countPoint(9, 10),
  ExponentialHistogramPoint: countPoint(1, 10),
  KeyValue: { key: [1, "string"], value: [2, "AnyValue"] },
  AnyValue: {
    string_value: [1, "string|"],
    bool_value: [2, "bool|"],
    int_value: [3, "int64|"],
    double_value: [4, "double|"],
    array_value: [5, "ArrayValue|"],
    kvlist_value: [6, "KeyValueList|"],
    bytes_value: [7, "bytes|"],
  },
  ArrayValue: { values: [1, "AnyValue[]"] },
  KeyValueList: { values: [1, "KeyValue[]"] },
  ExportResponse: { partial_success: [1, "PartialSuccess"] },
  PartialSuccess: { rejected_data_points: [1, "int64"], error_message: [2, "string"] },
  Status: { code: [1, "int32"], message: [2, "string"] },
};

const scalars: Readonly<Record<string, Type>> = {
  string: Type.STRING,
  bool: Type.BOOL,
  bytes: Type.BYTES,
  double: Type.DOUBLE,
  int32: Type.INT32,
  uint32: Type.UINT32,
  int64: Type.INT64,
  fixed64: Type.FIXED64,
  sfixed64: Type.SFIXED64,
};

function fieldOf([name, [number, form]]: [string, readonly [number, string]]) {
  const isRepeated = form.endsWith("[]");
  const bare = form.replace(/\[\]$|\|$/, "");
  const scalar = scalars[bare];
  const isEnum = bare === "Temporality";
  return {
    name,
    number,
    jsonName: name.replaceAll(/_(\w)/g, (_all, letter: string) => letter.toUpperCase()),
    label: isRepeated ? Label.REPEATED : Label.OPTIONAL,
    type: scalar ?? (isEnum ? Type.ENUM : Type.MESSAGE),
    ...(scalar === undefined ? { typeName: `.otlp.${bare}` } : {}),
    ...(form.endsWith("|") ? { oneofIndex: 0 } : {}),
  };
}

const registry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [
      {
        name: "otlp.proto",
        package: "otlp",
        syntax: "proto3",
        enumType: [
          {
            name: "Temporality",
            value: [
              { name: "AGGREGATION_TEMPORALITY_UNSPECIFIED", number: 0 },
              { name: "AGGREGATION_TEMPORALITY_DELTA", number: 1 },
              { name: "AGGREGATION_TEMPORALITY_CUMULATIVE", number: 2 },
            ],
          },
        ],
        messageType: Object.entries(messages).map(([name, fields]) => ({
          name,
          field: Object.entries(fields).map(fieldOf),
          oneofDecl: Object.values(fields).some(([, form]) => form.endsWith("|"))
            ? [{ name: "kind" }]
            : [],
        })),
      },
    ],
  }),
);

function schemaOf(name: string): DescMessage {
  const schema = registry.getMessage(`otlp.${name}`);
  assert(schema !== undefined, `the table above names ${name}`);
  return schema;
}

const schemas = {
  request: schemaOf("ExportRequest"),
  response: schemaOf("ExportResponse"),
  status: schemaOf("Status"),
};

export type Encoding = "protobuf" | "json";

export interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}
export interface AnyValue {
  readonly kind: { readonly case?: string; readonly value?: unknown };
}
export interface Point {
  readonly attributes: readonly KeyValue[];
  readonly startTimeUnixNano: bigint;
  readonly timeUnixNano: bigint;
  readonly flags: number;
  /** Of a number point. */
  readonly kind?:
    | { readonly case: "asDouble"; readonly value: number }
    | { readonly case: "asInt"; readonly value: bigint }
    | { readonly case: undefined };
  /** Of a histogram's. */
  readonly count?: bigint;
}
interface Points {
  readonly dataPoints: readonly Point[];
  /** 1: delta. 2: cumulative. */
  readonly aggregationTemporality: number;
  readonly isMonotonic?: boolean;
}
export interface Metric {
  readonly name: string;
  readonly kind:
    | {
        readonly case: "gauge" | "sum" | "histogram" | "exponentialHistogram" | "summary";
        readonly value: Points;
      }
    | { readonly case: undefined; readonly value?: undefined };
}
export interface ResourceMetrics {
  readonly resource?: { readonly attributes: readonly KeyValue[] };
  readonly scopeMetrics: readonly {
    readonly scope?: { readonly name: string };
    readonly metrics: readonly Metric[];
  }[];
}
export interface ExportRequest {
  readonly resourceMetrics: readonly ResourceMetrics[];
}

export interface DecodedExport {
  readonly request: ExportRequest;
  /** How many messages were read: what the work is. */
  readonly messages: number;
}

/** Reads an export; the error says why it is none, or which bound it exceeds. */
export function decodeExport(body: Uint8Array, encoding: Encoding): Result<DecodedExport, string> {
  const size = encoding === "protobuf" ? protobufSize(body, schemas.request) : jsonSize(body);
  if (!size.ok) return size;
  try {
    const message: Message =
      encoding === "protobuf"
        ? fromBinary(schemas.request, plainView(body), { readUnknownFields: false })
        : fromJson(schemas.request, parseJson(body), { ignoreUnknownFields: true });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- read by the schema of this shape
    return ok({ request: message as unknown as ExportRequest, messages: size.value });
  } catch (error) {
    // The library throws for whatever it cannot read; the text names the field and holds no values.
    return err(error instanceof Error ? error.message.slice(0, 200) : "unreadable");
  }
}

/** Of a Buffer, each value of bytes would be one as well, and be spelt out by its `toJSON`. */
function plainView({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function parseJson(body: Uint8Array): JsonValue {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse gives, by definition
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as JsonValue;
}

/** The answer to an export; partial success when points of it were refused. */
export function encodeResponse(
  refused: { readonly points: number; readonly message: string } | undefined,
  encoding: Encoding,
): Uint8Array {
  const partialSuccess = refused && {
    rejectedDataPoints: BigInt(refused.points),
    errorMessage: refused.message,
  };
  return encode(schemas.response, partialSuccess === undefined ? {} : { partialSuccess }, encoding);
}

/** The answer to an export that failed as a whole. */
export function encodeStatus(message: string, encoding: Encoding): Uint8Array {
  return encode(schemas.status, { message }, encoding);
}

function encode(
  schema: DescMessage,
  fields: Readonly<Record<string, unknown>>,
  encoding: Encoding,
): Uint8Array {
  const message = create(schema, fields);
  return encoding === "protobuf"
    ? toBinary(schema, message)
    : new TextEncoder().encode(JSON.stringify(toJson(schema, message)));
}
