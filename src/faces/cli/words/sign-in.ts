/** The words for who gets in: invitation, provider, ssh-key. */
import type { Command } from "commander";
import type { InviteOptions } from "../commands/invitation.ts";
import type { ProviderOptions } from "../commands/provider.ts";
import type { NewSshKeyOptions } from "../commands/ssh-key.ts";
import type { CommonOptions } from "../session.ts";
import { type Leaf, note } from "./leaf.ts";

const several = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

export function addSignIn(root: Command, leaf: Leaf): void {
  root.commandsGroup("Who gets in:");
  addInvitations(root, leaf);
  addProviders(root, leaf);
  addSshKeys(root, leaf);
}

function addSshKeys(root: Command, leaf: Leaf): void {
  const key = root
    .command("ssh-key")
    .description("add, list or remove the keys you push with over SSH");
  const add = key.command("add [file]").description("let a key of yours push as you");
  add.option("--label <words>", "what it is called (default: the comment in the file)");
  note(add, {
    details: [
      "Reads the public half: a file that ends in .pub, or standard input with -. Without a file it is ~/.ssh/id_ed25519.pub, id_ecdsa.pub or id_rsa.pub. The private half stays where it is.",
      "A key is one person's, may what its owner may at that moment, and ends with them. One that is added with a token ends when the token does.",
    ],
    examples: [
      ["tidegate ssh-key add", "then: tidegate link shop --ssh"],
      ["tidegate ssh-key add - --label laptop", "a key that another program prints"],
    ],
  });
  leaf.changing<NewSshKeyOptions>(add, async (session, options, [file]) =>
    (await import("../commands/ssh-key.ts")).addSshKey(session, options, file),
  );
  const list = key.command("list").description("list keys, and when they were last used");
  list.option("--of <user>", "of somebody else");
  leaf<CommonOptions & { of?: string }>(list, async (session, { of: owner }) =>
    (await import("../commands/ssh-key.ts")).listSshKeys(session, owner),
  );
  leaf.changing(
    key.command("remove <ssh-key>").description("take a key away at once"),
    async (session, _, [id = ""]) =>
      (await import("../commands/ssh-key.ts")).removeSshKey(session, id),
  );
}

function addInvitations(root: Command, leaf: Leaf): void {
  const invitation = root
    .command("invitation")
    .description("let somebody in, with a link for one use");
  const create = invitation
    .command("create [name]")
    .description("make a link that makes its holder a user");
  create.option("--role <role>", "viewer, developer, approver, operator or admin", "viewer");
  create.option(
    "--on <scope>",
    "where the role holds: platform, team:NAME, app:NAME or app:NAME/production",
    "platform",
  );
  create.option("--team <team>", "a team the user will be in; may be given several times", several);
  create.option("--for <user>", "a user who lost their way in; their rights stay as they are");
  create.option("--note <text>", "what the list says it was for", "");
  create.option("--days <n>", "how long the link works", "7");
  note(create, {
    details: [
      "Without --role and --on the user may look at everything, and change nothing.",
      "Whoever opens the link chooses a password or a passkey, and is signed in. Without a name they choose that too.",
      "The link is shown once. What stands after its # opens the door and is never sent as part of an address.",
    ],
    examples: [
      ["tidegate invitation create ana --role admin", "the first administrator"],
      ["tidegate invitation create --role developer --on app:shop", "whoever gets the link"],
      ["tidegate invitation create --for ana", "ana lost her passkey"],
    ],
  });
  leaf.changing<CommonOptions & InviteOptions>(create, async (session, options, [name]) =>
    (await import("../commands/invitation.ts")).createInvitation(session, options, name),
  );
  leaf(invitation.command("list").description("list invitations, newest first"), async (session) =>
    (await import("../commands/invitation.ts")).listInvitations(session),
  );
  leaf.changing(
    invitation.command("revoke <id>").description("take back a link that nobody has used"),
    async (session, _, [id = ""]) =>
      (await import("../commands/invitation.ts")).revokeInvitation(session, id),
  );
}

function addProviders(root: Command, leaf: Leaf): void {
  const provider = root
    .command("provider")
    .description("sign in with accounts of an OpenID Connect provider");
  const set = provider.command("set <name>").description("add or change a provider");
  set.requiredOption("--issuer <url>", "the provider's issuer, as its documentation names it");
  set.requiredOption("--client-id <id>", "what the provider calls this instance");
  set.option("--title <text>", "what people call it: Sign in with ...");
  set.option("--secret-from <file>", "where the client secret is; - for standard input");
  set.option("--email-domain <domain>", "only verified addresses of it; several times", several);
  set.option("--create-users", "who signs in for the first time becomes a user");
  set.option("--groups <claim>", "the claim that lists somebody's groups", "groups");
  set.option("--team <group=team>", "a group and the team that it is; several times", several);
  note(set, {
    details: [
      "Without --secret-from the client secret stays as it is; a new provider then has none.",
      "Register the redirect URI that is printed at the provider. Users are recognised by issuer and subject alone; who has signed in another way links their account under Security in the console.",
    ],
    examples: [
      [
        "tidegate provider set acme --issuer https://accounts.example.org --client-id tidegate --email-domain example.org --create-users --secret-from secret.txt",
        "everybody at example.org",
      ],
    ],
  });
  leaf.changing<CommonOptions & ProviderOptions>(set, async (session, options, [name = ""]) =>
    (await import("../commands/provider.ts")).setProvider(session, options, name),
  );
  leaf(provider.command("list").description("list the providers"), async (session) =>
    (await import("../commands/provider.ts")).listProviders(session),
  );
  leaf.changing(
    provider.command("remove <name>").description("stop trusting a provider"),
    async (session, _, [name = ""]) =>
      (await import("../commands/provider.ts")).removeProvider(session, name),
  );
}
