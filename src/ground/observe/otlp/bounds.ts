/**
 * What an export holds, counted on the bytes as they came: before anything is made of them, so that a
 * few bytes which stand for millions of empty messages cost a look at them and no more. Pure.
 */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { err, ok, type Result } from "#std";
import { exportDepthMax, exportFieldsMax, exportMessagesMax } from "../limits.ts";

interface Budget {
  messages: number;
  fields: number;
}

class OverBound extends Error {}

/** Gives how many messages it holds, or why it is not to be read: a bound it exceeds, or what no export holds. */
export function protobufSize(body: Uint8Array, request: DescMessage): Result<number, string> {
  const reader = new BinaryReader(body);
  const budget: Budget = { messages: exportMessagesMax, fields: exportFieldsMax };
  try {
    walk({ reader, budget }, request, { end: body.byteLength, depth: 1 });
    return ok(exportMessagesMax - budget.messages);
  } catch (error) {
    // The reader throws for what is cut off, too.
    return err(error instanceof Error ? error.message : "unreadable");
  }
}

interface Walk {
  readonly reader: BinaryReader;
  readonly budget: Budget;
}

function walk(
  { reader, budget }: Walk,
  message: DescMessage,
  { end, depth }: { readonly end: number; readonly depth: number },
): void {
  spend(budget, "messages", depth);
  const fields = fieldsOf(message);
  while (reader.pos < end) {
    spend(budget, "fields", depth);
    const [number, wireType] = reader.tag();
    const field = fields.get(number);
    // Read by another wire type than we walk by, a field would hide what is in it.
    if (wireType !== (field?.wireType ?? wireType) || wireType === WireType.StartGroup) {
      throw new OverBound(`field ${number} of ${message.name} has the wire type ${wireType}`);
    }
    if (field?.message === undefined) {
      reader.skip(wireType, number);
      continue;
    }
    const innerEnd = reader.uint32() + reader.pos;
    if (innerEnd > end) throw new OverBound("premature EOF");
    walk({ reader, budget }, field.message, { end: innerEnd, depth: depth + 1 });
  }
  if (reader.pos > end) throw new OverBound("premature EOF");
}

function spend(budget: Budget, what: keyof Budget, depth: number): void {
  budget[what] -= 1;
  if (depth > exportDepthMax) throw new OverBound(tooDeep);
  if (budget[what] < 0) throw new OverBound(tooMany[what]);
}

const tooDeep = `more than ${exportDepthMax} messages in one another`;
const tooMany: Readonly<Record<keyof Budget, string>> = {
  messages: `more than ${exportMessagesMax} resources, scopes, metrics, points and attributes; export fewer at once`,
  fields: `more than ${exportFieldsMax} fields; export fewer at once`,
};

interface WireField {
  readonly wireType: WireType;
  readonly message?: DescMessage;
}

const fieldsByMessage = new WeakMap<DescMessage, ReadonlyMap<number, WireField>>();

function fieldsOf(message: DescMessage): ReadonlyMap<number, WireField> {
  const known = fieldsByMessage.get(message);
  if (known !== undefined) return known;
  const fields = new Map(message.fields.map((field) => [field.number, wireFieldOf(field)]));
  fieldsByMessage.set(message, fields);
  return fields;
}

function wireFieldOf({ message, scalar }: DescField): WireField {
  if (message !== undefined) return { wireType: WireType.LengthDelimited, message };
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return { wireType: WireType.LengthDelimited };
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return { wireType: WireType.Bit64 };
    default: // integers, booleans, enums
      return { wireType: WireType.Varint };
  }
}

const bytes = {
  quote: 0x22,
  backslash: 0x5c,
  colon: 0x3a,
  object: 0x7b,
  objectEnd: 0x7d,
  array: 0x5b,
  arrayEnd: 0x5d,
} as const;

/** The same of JSON: objects are messages, members and arrays are fields. */
export function jsonSize(body: Uint8Array): Result<number, string> {
  let depth = 0;
  let objects = 0;
  let fields = 0;
  for (let at = 0; at < body.length; at += 1) {
    switch (body[at]) {
      case bytes.quote:
        at = stringEnd(body, at);
        break;
      case bytes.object:
        objects += 1;
        depth += 1;
        break;
      case bytes.array:
        fields += 1;
        depth += 1;
        break;
      case bytes.colon:
        fields += 1;
        break;
      case bytes.objectEnd:
      case bytes.arrayEnd:
        depth -= 1;
        break;
      default:
        break;
    }
    // A message in a list is two brackets deep.
    if (depth > exportDepthMax * 2) return err(tooDeep);
    if (objects > exportMessagesMax) return err(tooMany.messages);
    if (fields > exportFieldsMax) return err(tooMany.fields);
  }
  return ok(objects);
}

/** The place of the quote that ends the string begun at `from`; the end of the body when none does. */
function stringEnd(body: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < body.length && body[at] !== bytes.quote) at += body[at] === bytes.backslash ? 2 : 1;
  return at;
}
