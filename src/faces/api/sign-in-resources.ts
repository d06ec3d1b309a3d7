/** Sessions, passkeys, invitations and providers as they travel: without secrets and without hashes. */
import { some } from "#std";
import {
  renderScope,
  type Admitted,
  type InvitationView,
  type Passkey,
  type Provider,
  type Session,
  type SignIn,
} from "#domain";
import type {
  InvitationResource,
  PasskeyResource,
  ProviderResource,
  SessionResource,
  WhoAmIResource,
} from "#faces/api/contract";

export function sessionResource(session: Session, current: Session): SessionResource {
  const { id, way, createdAt, lastUsedAt, expiresAt, address, userAgent } = session;
  const isCurrent = id === current.id;
  return { id, way, createdAt, lastUsedAt, expiresAt, address, userAgent, isCurrent };
}

export async function whoAmI(admitted: Admitted, signIn: SignIn): Promise<WhoAmIResource> {
  const { actor, user, session } = admitted;
  const freshUntilAt = signIn.freshUntilAt(admitted);
  return {
    actor: actor.name,
    ...(user === undefined
      ? {}
      : { user: { id: user.id, name: user.name, ...(await signIn.ownWays(user)) } }),
    session: sessionResource(session, session),
    ...(freshUntilAt === undefined ? {} : { freshUntilAt }),
  };
}

export function passkeyResource(passkey: Passkey, { session }: Admitted): PasskeyResource {
  const { id, label, createdAt, lastUsedAt, isSynced } = passkey;
  const isCurrent = id === session.passkey;
  return { id, label, createdAt, isSynced, isCurrent, ...some("lastUsedAt", lastUsedAt) };
}

export function invitationResource(invitation: InvitationView): InvitationResource {
  const { id, note, name, grants, teams, state, createdAt, createdBy, expiresAt } = invitation;
  const { acceptedBy, user } = invitation;
  return {
    id,
    note,
    ...(name === undefined ? {} : { name }),
    isForUser: user !== undefined,
    grants: grants.map(({ role, scope }) => ({ role, scope: renderScope(scope) })),
    teams: [...teams],
    state,
    createdAt,
    createdBy,
    expiresAt,
    ...(acceptedBy === undefined ? {} : { acceptedBy }),
  };
}

export function providerResource(
  provider: Provider,
  { callbackUrl }: Pick<SignIn, "callbackUrl">,
): ProviderResource {
  const { name, title, issuer, clientId, emailDomains, createsUsers, teams, createdAt } = provider;
  return {
    name,
    title,
    issuer,
    clientId,
    callbackUrl: callbackUrl(name),
    emailDomains: [...emailDomains],
    createsUsers,
    ...(teams === undefined
      ? {}
      : { teams: { claim: teams.claim, byGroup: { ...teams.byGroup } } }),
    createdAt,
  };
}
