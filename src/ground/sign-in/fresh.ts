/** One's ways in are changed only soon after a sign-in: a browser left open must not give away the account. */
import { err, ok, type Result } from "#std";
import type { Clock, Session, SignInAgain } from "#domain";
import { freshUntilAt } from "./session-state.ts";

export function requireFresh(
  session: Session,
  toDo: string,
  { clock }: { readonly clock: Clock },
): Result<void, SignInAgain> {
  return freshUntilAt(session, clock.now()) === undefined
    ? err({ code: "sign_in_again", toDo })
    : ok(undefined);
}
