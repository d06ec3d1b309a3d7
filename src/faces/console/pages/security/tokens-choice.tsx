import { useQuery } from "@tanstack/react-query";
import type { TokenResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { counted } from "../../ui/words.ts";
import { EndingChoice, type Then } from "./ending-choice.tsx";

/** Which tokens and keys end with the other sessions, by name, and whether they do; nothing where there are none. */
export function TokensChoice({
  then,
  onChange,
}: {
  readonly then: Then;
  readonly onChange: (then: Then) => void;
}) {
  const { data } = useQuery(ask("GET /api/v1/tokens", {}));
  const { data: keys } = useQuery(ask("GET /api/v1/ssh-keys", {}));
  const tokens = (data?.tokens ?? []).filter(isOwn);
  const own = [...tokens, ...(keys?.sshKeys ?? [])];
  if (own.length === 0) return null;
  return (
    <EndingChoice then={then} onChange={onChange} named={own}>
      Also end what I have made myself, {madeWords(tokens.length, own.length - tokens.length)}:
    </EndingChoice>
  );
}

/** What there is: "1 SSH key", "2 tokens and 1 SSH key". */
function madeWords(tokens: number, keys: number): string {
  const made = [
    ...(tokens === 0 ? [] : [counted(tokens, "token")]),
    ...(keys === 0 ? [] : [counted(keys, "SSH key")]),
  ];
  return made.join(" and ");
}

/** Those that somebody who was in as me can have made. */
function isOwn({ owner, createdBy, revokedAt, expiresAt }: TokenResource): boolean {
  return createdBy === owner && revokedAt === undefined && expiresAt > Date.now();
}

export function endedWords({
  sessionsEnded,
  tokensEnded,
  sshKeysEnded,
  passkeysEnded = 0,
}: {
  readonly sessionsEnded: number;
  readonly tokensEnded: number;
  readonly sshKeysEnded: number;
  readonly passkeysEnded?: number;
}): string {
  const ended = [
    counted(sessionsEnded, "other session"),
    ...(tokensEnded === 0 ? [] : [counted(tokensEnded, "token")]),
    ...(sshKeysEnded === 0 ? [] : [counted(sshKeysEnded, "SSH key")]),
    ...(passkeysEnded === 0 ? [] : [counted(passkeysEnded, "passkey")]),
  ];
  return new Intl.ListFormat("en-GB").format(ended);
}
