/**
 * What a request came by, held until what it makes is written. Each document is written again as it is: whoever
 * ends a session, a token or a user in the same moment either finds what was made in it, or was first, and then
 * nothing is made.
 */
import { err, ok, type Result } from "#std";
import {
  sessionOwner,
  type Actor,
  type CredentialEnded,
  type DocumentPut,
  type Session,
  type Stored,
  type Token,
  type User,
} from "#domain";
import type { PeopleContext } from "./context.ts";
import { sessionsReadMax } from "./limits.ts";

type Context = Pick<PeopleContext, "store" | "clock">;

/** Gives what is to be committed with what the actor makes; the machine's own key has nothing that could end. */
export async function stillIn(
  actor: Actor,
  context: Context,
): Promise<Result<readonly DocumentPut[], CredentialEnded>> {
  const { store, clock } = context;
  const user = actor.user === undefined ? undefined : await store.get("user", actor.user);
  if (isOut(actor, user)) return ended("user");
  const held: DocumentPut[] = user === undefined ? [] : [asItIs("user", user)];
  if (actor.session !== undefined) {
    const session = await sessionOf(actor, context);
    if (session === undefined || isBefore(session.body, user)) return ended("session");
    held.push(asItIs("session", session));
  }
  if (actor.token !== undefined) {
    const token = await store.get("token", actor.token);
    if (token === undefined || hasEnded(token.body, clock.now()) || isBefore(token.body, user)) {
      return ended("token");
    }
    held.push(asItIs("token", token));
  }
  return ok(held);
}

function ended(what: CredentialEnded["what"]): Result<never, CredentialEnded> {
  return err({ code: "credential_ended", what });
}

/** Disabled; or not there, who is not to be taken for the machine's own key. */
function isOut({ user: id }: Actor, user: Stored<User> | undefined): boolean {
  return id !== undefined && (user === undefined || user.body.state === "disabled");
}

async function sessionOf(
  { user, session }: Actor,
  { store }: Context,
): Promise<Stored<Session> | undefined> {
  const own = await store.list("session", { owner: sessionOwner(user), limit: sessionsReadMax });
  return own.find(({ body }) => body.id === session);
}

/** Their user was disabled since, and may have been let in again: what they had before stays ended. */
function isBefore(
  { createdAt }: Pick<Session, "createdAt">,
  user: Stored<User> | undefined,
): boolean {
  return user !== undefined && createdAt < user.body.credentialsFromAt;
}

/** Revoked, or over by its time. */
export function hasEnded({ revokedAt, expiresAt }: Token, now: number): boolean {
  return revokedAt !== undefined || now >= expiresAt;
}

type Kept = "user" | "session" | "token";
type PutOf<K extends Kept> = Extract<DocumentPut, { readonly kind: K }>;

function asItIs<K extends Kept>(
  kind: K,
  { id, body, version }: Stored<PutOf<K>["body"]>,
): DocumentPut {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the body was read under this kind
  return { kind, id, body, ifVersion: version } as PutOf<K>;
}
