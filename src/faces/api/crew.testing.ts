/** People as an object literal, for the tests of this room: ana, her team, and what is asked of them. */
import { err, ok } from "#std";
import { sure } from "#std/testing";
import {
  fingerprintOf,
  isVisible,
  newId,
  parseTeamName,
  parseUserName,
  resourceOfScope,
  sshKeyIdOf,
  tokenIdOf,
  type People,
  type SshKey,
  type TeamView,
  type Token,
  type User,
} from "#domain";
import { shopResource } from "./shop.testing.ts";

const missing = (what: string, name: string) => err({ code: "not_found" as const, what, name });

/** A crew of one, who may do everything to the shop. */
export function crewAt(now: number): People {
  const name = sure(parseTeamName("crew"));
  const ana: User = {
    id: newId("usr", () => 0.5),
    name: sure(parseUserName("ana")),
    state: "active",
    createdAt: now,
    createdBy: "admin",
    credentialsFromAt: now,
    teams: [name],
    grants: [{ role: "admin", scope: { kind: "platform" } }],
  };
  const crew: TeamView = {
    team: { name, createdAt: now, createdBy: "admin", grants: [] },
    members: [ana],
  };
  const token: Token = {
    id: tokenIdOf("0".repeat(64)),
    label: "laptop",
    owner: ana.id,
    ownerName: "ana",
    reach: { kind: "all" },
    hash: "0".repeat(64),
    createdAt: now,
    createdBy: "ana",
    expiresAt: now + 1,
  };
  const user = (asked: string) => (asked === "ana" ? ok(ana) : missing("user", asked));
  const team = (asked: string) => (asked === "crew" ? ok(crew) : missing("team", asked));
  return {
    users: async () => [ana],
    user: async (asked) => user(asked),
    createUser: async (input) => ok({ ...ana, name: sure(parseUserName(input.name)) }),
    setUserState: async (asked) => user(asked),
    teams: async () => [crew],
    team: async (asked) => team(asked),
    createTeam: async () => ok(crew),
    deleteTeam: async (asked) => (asked === "crew" ? ok(undefined) : missing("team", asked)),
    setMember: async (input) => team(input.team),
    grants: async () => ana.grants.map((grant) => ({ to: { kind: "user", name: "ana" }, grant })),
    setGrant: async ({ to, grant }) => ok({ to, grant }),
    grantorsOf: async () => ["ana"],
    sees: async () => true,
    locateScope: async (scope, actor) => {
      const resource = resourceOfScope(scope, shopResource.team);
      const isThere =
        scope.kind === "platform" ||
        (scope.kind === "team" ? scope.team === "crew" : scope.app === "shop");
      if (isThere && isVisible(actor, resource)) return ok(resource);
      return scope.kind === "team" ? missing("team", scope.team) : missing("app", "shop");
    },
    forgetApp: async () => undefined,
    tokens: async () => [token],
    createToken: async () => ok({ token, text: "tgp_0" }),
    revokeToken: async () => ok({ ...token, revokedAt: now }),
    admit: async () => undefined,
    sshKeys: async () => [sshKeyAt(now)],
    addSshKey: async () => ok(sshKeyAt(now)),
    removeSshKey: async () => ok(sshKeyAt(now)),
    admitSshKey: async () => undefined,
  };
}

function sshKeyAt(addedAt: number): SshKey {
  const blob = Buffer.from("0000000b7373682d65643235353139", "hex");
  return {
    id: sshKeyIdOf(blob),
    label: "ana@laptop",
    ownerName: "ana",
    algorithm: "ssh-ed25519",
    publicKey: blob.toString("base64"),
    fingerprint: fingerprintOf(blob),
    addedAt,
  };
}
