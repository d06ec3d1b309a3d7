/** The words for rollouts: who has a candidate, and a person's say in it. */
import type { Command } from "commander";
import type { ActOptions } from "../commands/rollout.ts";
import type { CommonOptions } from "../session.ts";
import { appOption, type Leaf, note } from "./leaf.ts";

const actions = [
  ["pause", "keep exposure as it is"],
  ["resume", "go on after a pause"],
  ["promote", "give it to everybody now"],
  ["abort", "take it away from its users"],
] as const;

const named = "A rollout is named by its id, or by its app, whose newest it then is.";
const reason = ["--reason <text>", "why; goes into the journal"] as const;

export function addRollouts(root: Command, leaf: Leaf): void {
  const rollout = root.command("rollout").description("show a rollout, or have a say in it");
  leaf(
    note(
      rollout
        .command("show [rollout]")
        .description("show who has it and how they fare")
        .addOption(appOption()),
      { details: [named] },
    ),
    async (session, _, [id]) => (await import("../commands/rollout.ts")).showRollout(session, id),
  );
  const counts = rollout
    .command("counts [rollout]")
    .description("print what was counted, for tidegate verdict replay")
    .addOption(appOption());
  note(counts, {
    examples: [
      [
        "tidegate rollout counts shop > counts.ndjson",
        "then: tidegate verdict replay counts.ndjson",
      ],
    ],
  });
  leaf(counts, async (session, _, [id]) =>
    (await import("../commands/rollout.ts")).printCounts(session, id),
  );
  for (const [action, description] of actions) {
    const command = rollout.command(`${action} [rollout]`).description(description);
    command.addOption(appOption()).option(...reason);
    note(command, {
      details: [named],
      examples: [[`tidegate rollout ${action} shop --dry-run`, "see whom it would affect"]],
    });
    act(command, leaf, action);
  }
  addSteps(rollout, leaf);
}

/** What is said of one step carries its number, and is refused once the rollout is in another. */
function addSteps(rollout: Command, leaf: Leaf): void {
  const approve = rollout
    .command("approve [rollout]")
    .description("say yes to the step it waits in")
    .addOption(appOption());
  approve.requiredOption("--step <n>", "the step that is approved").option(...reason);
  note(approve, { details: ["An approval for a step that has passed is refused.", named] });
  act(approve, leaf, "approve");
  const skip = rollout
    .command("skip-to <step> [rollout]")
    .description("go on with a later step at once")
    .addOption(appOption());
  skip.requiredOption(...reason);
  note(skip, { details: [named] });
  leaf.changing<CommonOptions & { reason: string }>(skip, async (session, options, [step, id]) =>
    (await import("../commands/rollout.ts")).actOnRollout(session, {
      action: "skip-to",
      reason: options.reason,
      ...(step === undefined ? {} : { step }),
      ...(id === undefined ? {} : { rollout: id }),
    }),
  );
}

type ActWords = CommonOptions & Pick<ActOptions, "reason" | "step">;

function act(command: Command, leaf: Leaf, action: ActOptions["action"]): void {
  leaf.changing<ActWords>(command, async (session, { reason: why, step }, [id]) =>
    (await import("../commands/rollout.ts")).actOnRollout(session, {
      action,
      ...(id === undefined ? {} : { rollout: id }),
      ...(why === undefined ? {} : { reason: why }),
      ...(step === undefined ? {} : { step }),
    }),
  );
}
