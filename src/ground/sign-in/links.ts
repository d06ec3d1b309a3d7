/** One-time links by which this machine's own key signs a browser in, within a minute. */
import { err, ok, type Result } from "#std";
import {
  signed,
  type Actor,
  type Browser,
  type CredentialRefused,
  type LimitReached,
  type SignedIn,
  type SignInLink,
  type WrongState,
} from "#domain";
import type { SignInContext } from "./context.ts";
import { linkMsMax, linksOpenMax } from "./limits.ts";
import { hashOf, isSecret, newSecret } from "./secret.ts";
import { openSession, usedUp } from "./sessions.ts";

/**
 * Makes a link. Only for the machine's own key: a user's token may be for less than a session is, and must
 * not turn into one.
 */
export async function makeLink(
  actor: Actor,
  context: SignInContext,
): Promise<
  Result<{ readonly secret: string; readonly expiresAt: number }, WrongState | LimitReached>
> {
  if (actor.user !== undefined || actor.token !== undefined || actor.reach !== undefined) {
    return err({
      code: "wrong_state",
      what: "token",
      state: "a user's, which does not open a browser",
      next: "Sign in at the console with a password or a passkey.",
    });
  }
  const { store, clock } = context;
  const now = clock.now();
  const all = await store.list("signInLink", { limit: 10 * linksOpenMax });
  const over = all.filter(({ body }) => now >= body.expiresAt);
  if (all.length - over.length >= linksOpenMax) {
    return err({
      code: "limit_reached",
      limit: "open sign-in links",
      allowed: linksOpenMax,
      unit: "links",
      next: "Wait a minute: those that nobody has opened have run out by then.",
    });
  }
  const secret = newSecret("tgl");
  const body: SignInLink = { createdBy: actor.name, expiresAt: now + linkMsMax };
  const { expiresAt } = body;
  const entry = {
    type: "dev.tidegate.signin.link_made",
    ...signed(actor),
    data: { expiresAt },
  } as const;
  const written = await store.commit({
    entries: [entry],
    documents: [{ kind: "signInLink", id: hashOf(secret), body, forgetAt: expiresAt }],
    removals: over.map(({ id }) => ({ kind: "signInLink", id })),
  });
  // Two at once were about to clear away the same old ones: the second finds less to clear.
  return written.ok ? ok({ secret, expiresAt }) : await makeLink(actor, context);
}

const again = "Make a new one: tidegate open.";

/** Signs a browser in with a link, once. */
export async function signInWithLink(
  secret: string,
  browser: Browser,
  context: SignInContext,
): Promise<Result<SignedIn, CredentialRefused>> {
  const what = "sign-in link";
  if (!isSecret("tgl", secret))
    return err(
      refusedAs("is not whole", "Copy it from beginning to end, or make a new one: tidegate open."),
    );
  const id = hashOf(secret);
  const stored = await context.store.get("signInLink", id);
  if (stored === undefined) {
    return err(
      refusedAs(
        "is not known here: it was used already, has expired, or is of another Tidegate",
        again,
      ),
    );
  }
  if (context.clock.now() >= stored.body.expiresAt) return err(refusedAs("has expired", again));
  const batch = { removals: [{ kind: "signInLink" as const, id, ifVersion: stored.version }] };
  const enter = async () => await openSession({ way: "machine", browser, batch }, context);
  const opened = await context.people.inTurn(undefined, enter);
  return opened.ok ? opened : err(usedUp(what, again));

  function refusedAs(why: string, next: string): CredentialRefused {
    return { code: "credential_refused", what, why, next };
  }
}
