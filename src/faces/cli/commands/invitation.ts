/** `tidegate invitation …`: links by which somebody becomes a user. */
import { roles, type Role } from "#domain";
import { formatInstant } from "#std";
import type { InvitationResource } from "#faces/api/contract";
import type { Client } from "../client.ts";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { renderTable } from "../render/table.ts";
import type { Session } from "../session.ts";

export interface InviteOptions {
  readonly role: string;
  readonly on: string;
  readonly team?: readonly string[];
  readonly for?: string;
  readonly note: string;
  readonly days: string;
}

const dayMs = 86_400_000;
const daysMax = 30;

export async function createInvitation(
  session: Session,
  options: InviteOptions,
  name?: string,
): Promise<ExitCode> {
  const { terminal } = session;
  const body = bodyOf(options, name);
  const client = await session.client();
  const others = await openFor(client, "forUser" in body ? body.forUser : body.name);
  if (session.isDryRun) {
    return session.showPreview({
      effects: [
        `make a link for ${whom(body)}, which works once and for ${options.days} days`,
        ...others.map((other) => `leave ${inWords(other)} open beside it`),
      ],
      request: { method: "POST", path: "/api/v1/invitations", body },
    });
  }
  const made = await client.call("POST /api/v1/invitations", { body });
  session.show(made, ({ url }) => url);
  terminal.narrate(
    `for ${whom(body)}; it works once, until ${formatInstant(made.expiresAt)}\nopen it in a browser, or send it to whom it is for`,
  );
  for (const other of others) {
    terminal.narrate(
      `another link for ${other.name ?? ""} is open: ${inWords(other)}\nnext: to take that one back: tidegate invitation revoke ${other.id}`,
    );
  }
  return exitCodes.done;
}

/** Links that are open for the same name: whoever has one of them gets in by that one, with its rights. */
async function openFor(
  client: Client,
  name: string | undefined,
): Promise<readonly InvitationResource[]> {
  if (name === undefined) return [];
  // Only to tell of them: who may not read the list is told by the request itself what they may.
  const list = await client.quiet.call("GET /api/v1/invitations", {}).catch(() => undefined);
  return (list?.invitations ?? []).filter((each) => each.state === "open" && each.name === name);
}

/** "inv_5c2a8d0k3m1x (developer on platform, until …)". */
function inWords(invitation: InvitationResource): string {
  const { id, isForUser, expiresAt } = invitation;
  const what = isForUser ? "a new way in" : rights(invitation);
  return `${id} (${what}, until ${formatInstant(expiresAt)})`;
}

function bodyOf({ role, on, team = [], for: forUser, note, days }: InviteOptions, name?: string) {
  const expiresInMs = Number(days) * dayMs;
  if (!/^\d{1,2}$/.test(days) || Number(days) < 1 || Number(days) > daysMax) {
    throw usage(`--days is "${days}"; expected a number from 1 to ${daysMax}`);
  }
  if (forUser !== undefined) {
    if (name !== undefined) throw usage("--for names a user already; leave out the other name");
    return { note, forUser, expiresInMs };
  }
  if (!isRole(role)) throw usage(`--role is "${role}"; expected one of ${roles.join(", ")}`);
  const grants = [{ role, scope: on }];
  return { note, grants, teams: [...team], expiresInMs, ...(name === undefined ? {} : { name }) };
}

function isRole(text: string): text is Role {
  return roles.some((role) => role === text);
}

function usage(message: string): CommandFailed {
  return new CommandFailed(message, {
    exitCode: exitCodes.usage,
    next: "tidegate invitation create --help",
  });
}

function whom(body: ReturnType<typeof bodyOf>): string {
  if ("forUser" in body) return `the user ${body.forUser}`;
  return `${body.name ?? "a new user"}, ${rights(body)}`;
}

export async function listInvitations(session: Session): Promise<ExitCode> {
  const { terminal } = session;
  const list = await (await session.client()).call("GET /api/v1/invitations", {});
  if (list.invitations.length === 0 && !session.isJson) {
    terminal.narrate("no invitations\nnext: tidegate invitation create NAME --role developer");
    return exitCodes.done;
  }
  const columns = ["id", "state", "for", "rights", "by"].map((title) => ({ title }));
  session.show(list, ({ invitations }) =>
    renderTable(
      columns,
      invitations.map((each) => [
        each.id,
        each.state,
        each.acceptedBy ?? each.name ?? (each.note || "whoever has the link"),
        each.isForUser ? "as they are" : rights(each),
        each.createdBy,
      ]),
      terminal.paint,
    ),
  );
  return exitCodes.done;
}

function rights({ grants, teams }: Pick<InvitationResource, "grants" | "teams">): string {
  const held = grants.map(({ role, scope }) => `${role} on ${scope}`);
  return [...held, ...teams.map((team) => `team ${team}`)].join(", ") || "none";
}

export async function revokeInvitation(session: Session, id: string): Promise<ExitCode> {
  if (session.isDryRun) {
    return session.showPreview({
      effects: [`take back the invitation ${id}: its link would let nobody in`],
      request: { method: "DELETE", path: `/api/v1/invitations/${encodeURIComponent(id)}` },
    });
  }
  const client = await session.client();
  const params = { invitation: id };
  const revoked = await client.call("DELETE /api/v1/invitations/:invitation", { params });
  session.show(revoked, (invitation) => `invitation ${invitation.id} is taken back`);
  return exitCodes.done;
}
