/** An invitation on the wire: a link that makes its holder a user, once. */
import { z } from "zod";
import type { Role } from "#domain";
import { label, password, passkeyCreated, secretText, userName } from "./sign-in.ts";

const roles = [
  "viewer",
  "developer",
  "approver",
  "operator",
  "admin",
] as const satisfies readonly Role[];

/** `scope`: `platform`, `team:ops`, `app:shop` or `app:shop/production`. */
const grant = z.strictObject({ role: z.enum(roles), scope: z.string().min(1).max(200) });

export const invitation = z.object({
  id: z.string(),
  /** Why or for whom it was made, as its maker put it. */
  note: z.string(),
  /** The name that it is for; absent: whoever accepts it chooses one. */
  name: z.string().optional(),
  /** A new way in for somebody who is a user already. */
  isForUser: z.boolean(),
  grants: z.array(grant),
  teams: z.array(z.string()),
  state: z.enum(["open", "accepted", "revoked", "expired"]),
  createdAt: z.number(),
  createdBy: z.string(),
  expiresAt: z.number(),
  /** The user who came of it. */
  acceptedBy: z.string().optional(),
});

export const invitationList = z.object({ invitations: z.array(invitation) });

export const createInvitationRequest = z.strictObject({
  note: z.string().max(200).default(""),
  /** Fixes the name of the user who comes of it. */
  name: userName.optional(),
  /** A user there is already, who lost their way in; then without name, grants and teams. */
  forUser: userName.optional(),
  grants: z.array(grant).max(50).default([]),
  teams: z.array(z.string().min(1).max(100)).max(50).default([]),
  /** A minute to 30 days; default: 7 days. */
  expiresInMs: z.number().int().optional(),
});

/** The only time that the link is shown: `/invitations/<id>#<secret>`; what follows the `#` is not sent. */
export const invitationCreated = invitation.extend({ url: z.string() });

/** `token`: `<id>.<secret>`, of the link. */
export const readInvitation = z.strictObject({ token: secretText });
const shown = invitation.pick({
  id: true,
  name: true,
  isForUser: true,
  grants: true,
  teams: true,
  createdBy: true,
  expiresAt: true,
});
/** A link that is spent, too old or mistyped is no fault of whoever follows it: it is told, not refused. */
export const invitationRead = z.discriminatedUnion("isOpen", [
  shown.extend({ isOpen: z.literal(true) }),
  /** `why` completes "the invitation …": "has expired". */
  z.object({ isOpen: z.literal(false), why: z.string(), next: z.string() }),
]);

export const invitationPasskeyOptions = z.strictObject({
  token: secretText,
  name: userName.optional(),
});

export const acceptInvitation = z.strictObject({
  token: secretText,
  /** Left out when the invitation has one. */
  name: userName.optional(),
  credential: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("password"), password }),
    z.strictObject({ kind: z.literal("passkey"), label, passkey: passkeyCreated }),
  ]),
});

export type InvitationResource = z.output<typeof invitation>;
