import { useQuery } from "@tanstack/react-query";
import type { TokenResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { counted } from "../../ui/words.ts";

export type TokensThen = "end" | "keep";

/** Which tokens end with the other sessions, by name, and whether they do; nothing where there are none. */
export function TokensChoice({
  then,
  onChange,
}: {
  readonly then: TokensThen;
  readonly onChange: (then: TokensThen) => void;
}) {
  const { data } = useQuery(ask("GET /api/v1/tokens", {}));
  const own = (data?.tokens ?? []).filter(isOwn);
  if (own.length === 0) return null;
  return (
    <label className="row">
      <input
        type="checkbox"
        checked={then === "end"}
        onChange={({ target }) => onChange(target.checked ? "end" : "keep")}
      />
      <span>
        Also end {own.length === 1 ? "the token" : "the tokens"} I have made:{" "}
        {own.map(({ id, label }, index) => (
          <span key={id}>
            {index === 0 ? "" : ", "}
            <bdi>{label}</bdi>
          </span>
        ))}
      </span>
    </label>
  );
}

/** Those that somebody who was in as me can have made. */
function isOwn({ owner, createdBy, revokedAt, expiresAt }: TokenResource): boolean {
  return createdBy === owner && revokedAt === undefined && expiresAt > Date.now();
}

export function endedWords({
  sessionsEnded,
  tokensEnded,
}: {
  readonly sessionsEnded: number;
  readonly tokensEnded: number;
}): string {
  const sessions = counted(sessionsEnded, "other session");
  return tokensEnded === 0 ? sessions : `${sessions} and ${counted(tokensEnded, "token")}`;
}
