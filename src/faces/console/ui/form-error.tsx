import { SignInAgain } from "../shell/fresh.tsx";
import { explain } from "./explain.ts";
import { Notice } from "./notice.tsx";
import { PasskeyRefused } from "./passkey.ts";

/** Why a form was refused, above its button, said at once. */
export function FormError({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  if (error instanceof PasskeyRefused) return <Notice tone="wait" title={error.message} isUrgent />;
  const { sentence, next, isSignInTooOld } = explain(error);
  return (
    <Notice tone="bad" title={sentence} isUrgent>
      <p className="soft">{next}</p>
      {isSignInTooOld === true ? <SignInAgain /> : null}
    </Notice>
  );
}
