/** The words for trials, which need no instance: the production verdict on recorded and synthetic counts. */
import { Argument, type Command } from "commander";
import type { SimulateOptions } from "../commands/simulate.ts";
import type { ReplayOptions } from "../commands/verdict.ts";
import type { CommonOptions } from "../session.ts";
import { type Leaf, note } from "./leaf.ts";

/** Files whose form has a schema. */
const formats = ["scenario", "counts", "manifest"] as const;

export function addTrials(root: Command, leaf: Leaf): void {
  root.commandsGroup("Trials:");
  const simulate = root
    .command("simulate <scenario>")
    .description("try the rollout policy of a scenario file in the world of that file");
  simulate.option("--runs <n>", "how often (default: as the file says, else 100)");
  simulate.option("--seed <n>", "of the first run (default: as the file says, else 1)");
  note(simulate, { details: ["The exit code is 1 when a claim of the file is not met."] });
  leaf<CommonOptions & SimulateOptions>(simulate, async (session, options, [file]) =>
    (await import("../commands/simulate.ts")).simulateScenario(session, options, file),
  );
  const schema = root
    .command("schema")
    .description("print the JSON Schema of a file that Tidegate reads")
    .addArgument(new Argument("<format>", "which file").choices(formats));
  leaf(schema, async (session, _, [format = ""]) =>
    (await import("../commands/schema.ts")).printSchema(session, format),
  );
  const verdict = root.command("verdict").description("judge recorded counts");
  const replay = verdict
    .command("replay <counts>")
    .description("say what the verdict was after each interval of a counts file");
  replay.option("--policy <file>", "judge by this tidegate.yaml (default: as recorded)");
  leaf<CommonOptions & ReplayOptions>(replay, async (session, options, [file]) =>
    (await import("../commands/verdict.ts")).replayVerdict(session, options, file),
  );
}
