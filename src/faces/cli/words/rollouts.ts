/** The words for rollouts: who has a candidate, and a person's say in it. */
import type { Command } from "commander";
import type { ActOptions } from "../commands/rollout.ts";
import type { WhoOptions } from "../commands/cohort.ts";
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
/** Letting in more than the evidence does is a person's word against it. */
const reasonToPromote =
  "why; goes into the journal; required unless the verdict is safe or it bakes";

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
    command
      .addOption(appOption())
      .option(reason[0], action === "promote" ? reasonToPromote : reason[1]);
    note(command, {
      details: [named],
      examples: [
        ...(action === "promote"
          ? [['tidegate rollout promote shop --reason "it mends an outage"', "say why"] as const]
          : []),
        [`tidegate rollout ${action} shop --dry-run`, "see whom it would affect"],
      ],
    });
    act(command, leaf, action);
  }
  addSteps(rollout, leaf);
  addCohorts(rollout, leaf);
}

/** Who has it, and how to be among them. */
function addCohorts(rollout: Command, leaf: Leaf): void {
  const who = rollout
    .command("who [rollout]")
    .description("say who has it, or whether one user does and why")
    .addOption(appOption());
  who.option(
    "--user <key>",
    "the user with this key: the value of what the app's userKey names, or of the cookie tidegate_uid",
  );
  note(who, {
    details: [
      "Whether a user is in it is decided from their key, by the function that the edge itself asks. A browser that was put in or out by a link is known to that browser alone.",
      named,
    ],
    examples: [["tidegate rollout who shop --user ana@example.org", "for who answers her mail"]],
  });
  leaf<CommonOptions & WhoOptions>(who, async (session, options, [id]) =>
    (await import("../commands/cohort.ts")).showWho(session, options, id),
  );
  for (const [word, to, description] of joining) {
    const command = rollout.command(`${word} [rollout]`).description(description);
    command.addOption(appOption());
    note(command, {
      details: [
        "The link is at the app's own address and good for ten minutes. It shows what the browser has; a button on the page puts it in or out, until the rollout is over. Whoever is put in or out by hand is counted and not judged, and the journal says who had the link made.",
        named,
      ],
      examples: [[`tidegate rollout ${word} shop`, "then open what it prints"]],
    });
    leaf.changing(command, async (session, _, [id]) =>
      (await import("../commands/cohort.ts")).makeLink(session, to, id),
    );
  }
}

const joining = [
  ["join", "candidate", "make a link that puts a browser into it"],
  ["leave", "baseline", "make a link that takes a browser out of it"],
] as const;

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
