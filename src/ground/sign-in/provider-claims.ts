/** What a provider's claims mean here: whether they will do, which name they suggest, which teams. Pure. */
import { err, ok, type Result } from "#std";
import {
  parseUserName,
  type CredentialRefused,
  type Provider,
  type TeamName,
  type User,
  type UserName,
} from "#domain";
import { groupsMax } from "./limits.ts";
import type { Claims } from "./provider-client.ts";

const what = "answer of the provider";

/** The verified address, if there is one; refused when the operator asked for a domain that it is not of. */
export function emailOf(
  claims: Claims,
  { emailDomains }: Provider,
): Result<string | undefined, CredentialRefused> {
  const { email, email_verified: isVerified } = claims;
  const address =
    typeof email === "string" && /^[^@\s]{1,64}@[^@\s]{1,253}$/.test(email)
      ? email.toLowerCase()
      : undefined;
  const verified = isVerified === true ? address : undefined;
  if (emailDomains.length === 0) return ok(verified);
  if (verified === undefined) {
    const next = "Verify your address at the provider, or ask the operator of this Tidegate.";
    return err({ code: "credential_refused", what, why: "names no verified e-mail address", next });
  }
  if (emailDomains.includes(verified.slice(verified.lastIndexOf("@") + 1))) return ok(verified);
  const next = `Sign in with an address at ${emailDomains.join(" or ")}.`;
  return err({ code: "credential_refused", what, why: "names an address of another domain", next });
}

/** Names that a new user could have, the best first. */
export function nameCandidates(claims: Claims): readonly UserName[] {
  const texts = [claims["preferred_username"], claims["nickname"], claims["email"], claims["name"]];
  const stems = texts.flatMap((text) => (typeof text === "string" ? stemOf(text) : []));
  const numbered = [...stems, "user"].flatMap((stem) =>
    Array.from({ length: 20 }, (_, index) => (index === 0 ? stem : `${stem}${index + 1}`)),
  );
  return numbered.flatMap((text) => {
    const parsed = parseUserName(text);
    return parsed.ok ? [parsed.value] : [];
  });
}

function stemOf(text: string): readonly string[] {
  const plain = text.slice(0, 100).normalize("NFKD").toLowerCase().split("@")[0] ?? "";
  const stem = plain
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 36)
    .replace(/[^a-z0-9]+$/, "");
  return stem === "" ? [] : [stem];
}

/** The user's teams: those that the provider decides by their groups, and others as they were. */
export function teamsAfter(
  user: Pick<User, "teams">,
  claims: Claims,
  provider: Provider,
): readonly TeamName[] {
  const { teams } = provider;
  if (teams === undefined) return user.teams;
  const claimed = claims[teams.claim];
  const groups = Array.isArray(claimed) ? claimed.slice(0, groupsMax).map(String) : [];
  const decided = new Set(Object.values(teams.byGroup));
  const given = groups.flatMap((group) =>
    Object.hasOwn(teams.byGroup, group) ? (teams.byGroup[group] ?? []) : [],
  );
  return [...new Set([...user.teams.filter((team) => !decided.has(team)), ...given])];
}
