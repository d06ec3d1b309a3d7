import type { Refusal } from "../api/why-refused.ts";
import { SignInAgain } from "../shell/fresh.tsx";
import { notFollowedWords } from "./not-followed-words.ts";

/** Said where a stream stands still because the server refuses it: what is shown is older than it looks. */
export function NotFollowed({ refusal }: { readonly refusal: Refusal }) {
  const { said, isSignedOut } = notFollowedWords(refusal);
  return (
    <>
      <p className="soft small" role="status">
        {said}
      </p>
      {isSignedOut ? <SignInAgain /> : null}
    </>
  );
}
