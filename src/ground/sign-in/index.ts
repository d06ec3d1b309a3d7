/**
 * Sign-in: how users prove who they are, and how a browser stays known.
 *
 * Answers: whose session, password, passkey, link or invitation this is; what an OpenID Connect provider says.
 * Leaves to others: who the users are and what they may do (people), cookies and cross-site requests (the face).
 * Invariants: secrets are stored as hashes and never in the journal; what is to be used once is used up in the
 * same transaction as what it gives; an unknown name is answered like a wrong password.
 * Read next: open-sign-in.ts, then sessions.ts, passwords.ts and attempts.ts.
 */
export { openSignIn, type SignInOptions } from "./open-sign-in.ts";
