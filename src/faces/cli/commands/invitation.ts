/** `tidegate invitation …`: links by which somebody becomes a user. */
import { roles, type Role } from "#domain";
import type { InvitationResource } from "#faces/api/contract";
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
  if (session.isDryRun) {
    return session.showPreview({
      effects: [`make a link for ${whom(body)}, which works once and for ${options.days} days`],
      request: { method: "POST", path: "/api/v1/invitations", body },
    });
  }
  const client = await session.client();
  const made = await client.call("POST /api/v1/invitations", { body });
  session.show(made, ({ url }) => url);
  terminal.narrate(
    `open it in a browser, or send it to whom it is for; it works once\n${until(made, terminal.now())}`,
  );
  return exitCodes.done;
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
  const [grant] = body.grants;
  return `${body.name ?? "a new user"}, ${grant?.role ?? ""} on ${grant?.scope ?? ""}`;
}

function until({ expiresAt }: Pick<InvitationResource, "expiresAt">, now: number): string {
  const hours = Math.round((expiresAt - now) / 3_600_000);
  return `it ends in ${hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`}`;
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

function rights({ grants, teams }: InvitationResource): string {
  const held = grants.map(({ role, scope }) => `${role} on ${scope}`);
  return [...held, ...teams.map((team) => `team ${team}`)].join(", ") || "none";
}

export async function revokeInvitation(session: Session, id: string): Promise<ExitCode> {
  if (session.isDryRun) {
    return session.showPreview({
      effects: [`take back the invitation ${id}: its link would let nobody in`],
      request: { method: "DELETE", path: `/api/v1/invitations/${id}` },
    });
  }
  const client = await session.client();
  const params = { invitation: id };
  const revoked = await client.call("DELETE /api/v1/invitations/:invitation", { params });
  session.show(revoked, (invitation) => `invitation ${invitation.id} is taken back`);
  return exitCodes.done;
}
