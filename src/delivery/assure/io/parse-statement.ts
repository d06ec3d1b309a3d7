/** Reads the bytes of an in-toto statement v1. They are signed by us, and still only bytes. */
import { z } from "zod";
import { digestOf, type Digest } from "#domain";
import type { JsonObject } from "#std";
import { provenanceType, statementType } from "../statement.ts";

export interface ParsedStatement {
  readonly subjects: readonly Digest[];
  readonly predicateType: string;
  readonly predicate: JsonObject;
  readonly builder?: string;
}

const schema = z.object({
  _type: z.literal(statementType),
  subject: z.array(z.object({ digest: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }) })),
  predicateType: z.string(),
  predicate: z.record(z.string(), z.json()),
});

const provenance = z.object({ runDetails: z.object({ builder: z.object({ id: z.string() }) }) });

/** Gives the statement, or nothing when the bytes are not one. */
export function parseStatement(payload: Uint8Array): ParsedStatement | undefined {
  const parsed = schema.safeParse(json(payload));
  if (!parsed.success) return undefined;
  const { subject, predicateType, predicate } = parsed.data;
  const subjects = subject.map((entry) => digestOf(entry.digest.sha256));
  if (predicateType !== provenanceType) return { subjects, predicateType, predicate };
  const named = provenance.safeParse(predicate);
  if (!named.success) return undefined;
  return { subjects, predicateType, predicate, builder: named.data.runDetails.builder.id };
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined; // not JSON is not a statement: the schema says so
  }
}
