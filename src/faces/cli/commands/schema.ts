/** `tidegate schema`: the JSON Schemas of the files that Tidegate reads, for editors and for other programs. */
import type { JsonSchema } from "#std";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import type { Session } from "../session.ts";

export const formats = ["scenario", "counts", "manifest"] as const;
type Format = (typeof formats)[number];

export async function printSchema(session: Session, format: string): Promise<ExitCode> {
  const schema = await schemaOf(formats.find((known) => known === format) ?? "scenario");
  session.terminal.result(JSON.stringify(schema, undefined, 2));
  return exitCodes.done;
}

const dialect = "https://json-schema.org/draft/2020-12/schema";

/** Made from what reads the format, so that it cannot say anything else. */
export async function schemaOf(format: Format): Promise<JsonSchema> {
  const { countsLine, defaultRolloutPolicy, scenarioSchema } = await import("#delivery/rollout");
  if (format === "counts") {
    const title =
      "A line of a Tidegate counts file: first its header, if any, then arms by interval";
    return { $schema: dialect, title, anyOf: [await headerSchema(), countsLine.schema] };
  }
  const { manifestSchema, rolloutSection } = await import("#delivery/build");
  if (format === "manifest") {
    return { $schema: dialect, title: "A tidegate.yaml", ...manifestSchema() };
  }
  const schema = scenarioSchema(rolloutSection(defaultRolloutPolicy));
  return { $schema: dialect, title: "A Tidegate scenario", ...schema };
}

async function headerSchema(): Promise<JsonSchema> {
  const { countsHeaderSchema } = await import("#faces/api/contract");
  return countsHeaderSchema();
}
