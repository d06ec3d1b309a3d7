import { SignInAgain } from "../../shell/fresh.tsx";
import { explain } from "../../ui/explain.ts";
import { Notice } from "../../ui/notice.tsx";

/** Why nothing was done; nothing when something was. */
export function Outcome({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  const { sentence, next, isSignInTooOld } = explain(error);
  return (
    <Notice tone="bad" title={`Nothing was done: ${sentence}`} isUrgent>
      <p className="soft">{next}</p>
      {isSignInTooOld === true ? <SignInAgain /> : null}
    </Notice>
  );
}
