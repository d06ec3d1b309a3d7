/** The words for help: help, man, completion. */
import { Argument, type Command } from "commander";
import { shells } from "../manual/completion.ts";
import type { CommonOptions } from "../session.ts";
import { type Leaf, note } from "./leaf.ts";

type ManOptions = CommonOptions & { readonly roff?: boolean };

export function addManual(root: Command, leaf: Leaf): void {
  root.commandsGroup("Help:");
  leaf(
    note(root.command("help [command...]").description("say how a command is used"), {
      examples: [["tidegate help change watch", "the same as: tidegate change watch --help"]],
    }),
    async (session, _, words) => (await import("../commands/help.ts")).help(session, root, words),
  );
  leaf<ManOptions>(
    note(root.command("man [command...]").description("show the manual page of a command"), {
      details: [
        "Shown by man on a terminal where there is one; else, and in a pipe, as plain text.",
      ],
      examples: [["tidegate man rollout", "tidegate-rollout(1)"]],
    }).option("--roff", "print the page's source, for man and its like"),
    async (session, options, words) =>
      (await import("../commands/man.ts")).man(session, root, { words, isRoff: options.roff }),
  );
  const completion = root
    .command("completion")
    .description("print what makes a shell complete commands, options and names")
    .addArgument(new Argument("<shell>", "which one").choices(shells));
  note(completion, {
    details: [
      "Names of apps, changes and releases come from the instance, if it answers within half a second; a shell that waits for an answer is worse than one that does not know it.",
    ],
    examples: [
      ['eval "$(tidegate completion bash)"', "bash: in ~/.bashrc"],
      ["source <(tidegate completion zsh)", "zsh: in ~/.zshrc, after compinit"],
      ["tidegate completion fish | source", "fish: in config.fish"],
    ],
  });
  leaf(completion, async (session, _, [shell = ""]) =>
    (await import("../commands/completion.ts")).printCompletion(session, shell),
  );
  const complete = root.command("__complete [words...]", { hidden: true });
  leaf(complete.allowUnknownOption(), async (session, _, words) =>
    (await import("../commands/completion.ts")).complete(session, root, words),
  );
}
