/** The words for deliveries: plan, change, release, dora, evidence, journal. */
import { type Command, Option } from "commander";
import type { ChangeStanding } from "#domain";
import type { ListOptions, ShowOptions } from "../commands/change.ts";
import type { EvidenceOptions } from "../commands/evidence.ts";
import type { RollbackOptions } from "../commands/release.ts";
import type { CommonOptions } from "../session.ts";
import { appOption, type Leaf, note } from "./leaf.ts";
import { addRollouts } from "./rollouts.ts";

export function addDeliveries(root: Command, leaf: Leaf): void {
  root.commandsGroup("Deliveries:");
  leaf(
    note(
      root
        .command("plan [dir]")
        .description("say how a directory would be built, tested and run, and why"),
      { details: ["Needs no instance: what would happen is decided by the code that does it."] },
    ),
    async (session, _, [directory]) =>
      (await import("../commands/plan.ts")).showPlan(session, directory),
  );
  addChanges(root, leaf);
  addReleases(root, leaf);
  addRollouts(root, leaf);
  const dora = root
    .command("dora")
    .description("report DORA's delivery metrics")
    .addOption(appOption());
  note(dora, {
    details: [
      "Change lead time is from the commit until everybody has it, recovery time from the first user of a release that was taken away to the last. Both are medians of the window.",
    ],
  });
  dora.option("--window <duration>", "how far back", "30d").option("--all", "all apps");
  leaf<CommonOptions & { window: string }>(dora, async (session, options) =>
    (await import("../commands/platform.ts")).showDora(session, options),
  );
  addEvidence(root, leaf);
  const journal = root.command("journal").description("verify the journal of all that happened");
  leaf(journal.command("verify").description("recompute its chain of hashes"), async (session) =>
    (await import("../commands/platform.ts")).verifyJournal(session),
  );
}

function addEvidence(root: Command, leaf: Leaf): void {
  const evidence = root.command("evidence").description("verify what was signed about a change");
  const verify = evidence
    .command("verify [change]")
    .description(
      "check signatures and subject here, by the public key (default: the newest change)",
    )
    .addOption(appOption());
  verify.option("--key <file>", "the public key to trust, PEM (default: the instance's word)");
  note(verify, {
    details: [
      "Fetches the signed statements and checks them on this machine, with the code that the gate uses: each is the one that was recorded, signed by the key over exactly its bytes, and about the artifact of this change.",
      "The key of an instance is keys/evidence-key.pub in its data directory. Take a copy once, over a way that you trust.",
      "The exit code is 3 when evidence is missing, altered, foreign or about something else.",
      named,
    ],
    examples: [["tidegate evidence verify HEAD --key evidence-key.pub", "for scripts"]],
  });
  leaf<CommonOptions & EvidenceOptions>(verify, async (session, options, [id]) =>
    (await import("../commands/evidence.ts")).verifyEvidenceOf(session, options, id),
  );
}

/** As lists say it, and as it is typed. The domain itself would make every command begin later. */
const standings: Readonly<Record<ChangeStanding, string>> = {
  delivering: "delivering",
  paused: "paused",
  held: "held",
  live: "live",
  replaced: "replaced",
  failed: "failed",
  rolled_back: "rolled-back",
  superseded: "superseded",
  unchanged: "unchanged",
};

function addChanges(root: Command, leaf: Leaf): void {
  const change = root.command("change").description("list, show or watch changes");
  const list = change.command("list").description("list changes").addOption(appOption());
  list
    .option("--all", "of all apps")
    .addOption(
      new Option("--state <state>", "those that stand so now").choices(Object.values(standings)),
    )
    .option("--limit <n>", "how many of the newest", "20");
  note(list, {
    details: [
      "A change is live as long as its release is; replaced, when everybody got it and another one is live now; paused, while a person has paused its rollout.",
    ],
  });
  leaf<CommonOptions & ListOptions>(list, async (session, options) =>
    (await import("../commands/change.ts")).listChanges(session, options),
  );
  const show = change
    .command("show [change]")
    .description("show a change (default: the newest)")
    .addOption(appOption());
  show.addOption(
    new Option("--log <stage>", "print what this stage printed").choices(["build", "test"]),
  );
  note(show, { details: [named] });
  leaf<CommonOptions & ShowOptions>(show, async (session, options, [id]) =>
    (await import("../commands/change.ts")).showChange(session, options, id),
  );
  const errors = change
    .command("errors [change]")
    .description("list the errors that it has and the release before does not")
    .addOption(appOption());
  note(errors, {
    details: [
      "What its instances printed while it was rolled out is compared with what those of the release before printed: stacks of Node, tracebacks of Python, panics of Go, lines of JSON, and failed requests. That an error is new does not prove that the change is its cause.",
      named,
    ],
  });
  leaf(errors, async (session, _, [id]) =>
    (await import("../commands/change-errors.ts")).listErrors(session, id),
  );
  const watch = change
    .command("watch [change]")
    .description("follow a change to its end")
    .addOption(appOption());
  note(watch, {
    details: [
      "On a terminal the change is painted over in place; in a pipe, each thing that happens is a line. Ctrl-C ends the watching and nothing else.",
      "The exit code is the outcome: 0 everybody has it, 1 it failed or was taken away, 4 it waits for a person.",
      named,
    ],
    examples: [["git push tide main && tidegate change watch HEAD", "for scripts"]],
  });
  leaf(watch, async (session, _, [id]) =>
    (await import("../commands/watch.ts")).watchChange(session, id),
  );
}

const named =
  "A change is named by its id, by its commit, or by what git calls the commit in the repository here, such as HEAD.";

function addReleases(root: Command, leaf: Leaf): void {
  const release = root.command("release").description("list releases, or roll back to one");
  const list = release.command("list").description("list an app's releases").addOption(appOption());
  list.option("--limit <n>", "how many of the newest", "20");
  leaf<CommonOptions & { limit: string }>(list, async (session, { limit }) =>
    (await import("../commands/release.ts")).listReleases(session, limit),
  );
  const rollback = release
    .command("rollback [release]")
    .description("restore code and configuration")
    .addOption(appOption())
    .option("--reason <words>", "why: it is kept, and told to whose change it was");
  note(rollback, {
    details: [
      "Without a release it goes to the newest that was live before and was not taken back; while a rollout lets a release in, it takes that one away.",
    ],
    examples: [
      ["tidegate release rollback v11 --app shop", "to a certain one"],
      ['tidegate release rollback --reason "wrong totals"', "with why"],
    ],
  });
  leaf.changing<CommonOptions & RollbackOptions>(rollback, async (session, options, [to]) =>
    (await import("../commands/release.ts")).rollback(session, options, to),
  );
}
