/**
 * Putting out whoever may have come in as a user: their other sessions, and the tokens and SSH keys they can
 * have made.
 */
import { some } from "#std";
import type { Actor, Admitted, Batch, Session, TokensThen, User, WaysInEnded } from "#domain";
import type { SignInContext } from "./context.ts";
import { endingInvitations } from "./invitations.ts";
import { endingOf, otherSessions } from "./sessions.ts";

export interface WaysIn {
  /** Absent: whoever has the machine's own key, which is no business of a browser. */
  readonly user: User | undefined;
  /** The session that goes on; absent: none. */
  readonly present?: Session;
  readonly because: string;
  /** The invitation by which they come in just now: the others that are open for them are taken back. */
  readonly invitation?: string;
  readonly by: Actor;
  /** And of SSH keys. */
  readonly tokens: TokensThen | undefined;
}

export interface EndingWaysIn extends Required<Pick<Batch, "entries" | "documents" | "removals">> {
  readonly ended: WaysInEnded;
}

const noKeys = { entries: [], removals: [] };

/** Ends all that is one's own but the session one is in. */
export async function endOtherSessions(
  { session, user, actor }: Admitted,
  tokens: TokensThen | undefined,
  context: SignInContext,
): Promise<WaysInEnded> {
  const { ended, ...batch } = await endingWaysIn(
    { user, present: session, because: "ended by its owner", by: actor, tokens },
    context,
  );
  const written = await context.store.commit(batch);
  if (written.ok) return ended;
  // One of them was ended or used in between: it is decided again on what is there now.
  return await endOtherSessions({ session, actor, ...some("user", user) }, tokens, context);
}

/** What ends them, to be committed with what is the reason for it. Nothing is written here. */
export async function endingWaysIn(
  { user, present, because, by, invitation, tokens: then = "end" }: WaysIn,
  context: SignInContext,
): Promise<EndingWaysIn> {
  const sessions = await otherSessions(user, present, context);
  const isKept = then === "keep" || user === undefined;
  const tokens = isKept ? [] : await context.people.ownTokens(user);
  const keys = isKept ? noKeys : await context.people.endingSshKeys(user, by);
  const links =
    user === undefined
      ? { entries: [], documents: [] }
      : await endingInvitations({ user, by, ...some("except", invitation) }, context);
  const { entries, removals } = endingOf(sessions, because, by);
  const { entries: tokenEntries, documents } = context.people.endingTokens(tokens, by);
  return {
    entries: [...entries, ...tokenEntries, ...keys.entries, ...links.entries],
    documents: [...documents, ...links.documents],
    removals: [...removals, ...keys.removals],
    ended: {
      sessionsEnded: sessions.length,
      tokensEnded: tokens.length,
      sshKeysEnded: keys.removals.length,
    },
  };
}
