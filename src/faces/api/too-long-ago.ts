/** Who looks whether a sign-in is fresh: a browser left open must not give away a way in, or a role, that lasts. */
import type { SignIn, SignInAgain } from "#domain";
import type { Asked } from "./handlers.ts";

export type Freshness = Pick<SignIn, "freshUntilAt">;

/** Of a browser only: what comes with a token has no sign-in that could be too long ago. */
export function tooLongAgo(
  toDo: string,
  { at: { admitted } }: Asked,
  signIn: Freshness,
): SignInAgain | undefined {
  const isStale = admitted !== undefined && signIn.freshUntilAt(admitted) === undefined;
  return isStale ? { code: "sign_in_again", toDo } : undefined;
}
