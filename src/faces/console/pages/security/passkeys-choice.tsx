import { useQuery } from "@tanstack/react-query";
import { ask } from "../../api/ask.ts";
import { counted } from "../../ui/words.ts";
import { EndingChoice, type Then } from "./ending-choice.tsx";

/** Which passkeys end with a changed password, by name, and whether they do; nothing where none would. */
export function PasskeysChoice({
  then,
  onChange,
}: {
  readonly then: Then;
  readonly onChange: (then: Then) => void;
}) {
  const { data } = useQuery(ask("GET /api/v1/passkeys", {}));
  const all = data?.passkeys ?? [];
  const ending = all.filter(({ isCurrent }) => !isCurrent);
  if (ending.length === 0) return null;
  const others = ending.length < all.length ? "my other " : "my ";
  return (
    <EndingChoice then={then} onChange={onChange} named={ending}>
      Also remove {others}
      {counted(ending.length, "passkey")}, which would let in without the password:
    </EndingChoice>
  );
}

/** For who puts others out: passkeys are not put out with them. */
export function PasskeysStay() {
  const { data } = useQuery(ask("GET /api/v1/passkeys", {}));
  const count = data?.passkeys.length ?? 0;
  if (count === 0) return null;
  return (
    <p className="soft small">
      Your {counted(count, "passkey")} will go on letting in: remove under{" "}
      <a href="#passkeys">Passkeys</a> what is not yours.
    </p>
  );
}
