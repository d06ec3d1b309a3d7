import { useQuery } from "@tanstack/react-query";
import { ask } from "../../api/ask.ts";
import { counted } from "../../ui/words.ts";
import type { TokensThen } from "./tokens-choice.tsx";

/** Which passkeys end with a changed password, by name, and whether they do; nothing where none would. */
export function PasskeysChoice({
  then,
  onChange,
}: {
  readonly then: TokensThen;
  readonly onChange: (then: TokensThen) => void;
}) {
  const { data } = useQuery(ask("GET /api/v1/passkeys", {}));
  const all = data?.passkeys ?? [];
  const ending = all.filter(({ isCurrent }) => !isCurrent);
  if (ending.length === 0) return null;
  const others = ending.length < all.length ? "my other " : "my ";
  return (
    <label className="tokens-choice">
      <input
        type="checkbox"
        checked={then === "end"}
        onChange={({ target }) => onChange(target.checked ? "end" : "keep")}
      />
      <span>
        Also remove {others}
        {counted(ending.length, "passkey")}, which would let in without the password:{" "}
        {ending.map(({ id, label }, index) => (
          <span key={id}>
            {index === 0 ? "" : ", "}
            <bdi>{label}</bdi>
          </span>
        ))}
      </span>
    </label>
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
