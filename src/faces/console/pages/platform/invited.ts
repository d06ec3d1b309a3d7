/** Whom an invitation is for and what they will be, in words. Pure. */
import type { InvitationResource } from "#faces/api/contract";
import { placeInWords } from "./places.ts";

export function invitee({ name, note }: Pick<InvitationResource, "name" | "note">): string {
  return name ?? (note === "" ? "whoever has the link" : note);
}

/** `viewer on shop, in team ops`; of a new way in, what they are already. */
export function invitedTo({
  isForUser,
  grants,
  teams,
}: Pick<InvitationResource, "isForUser" | "grants" | "teams">): string {
  if (isForUser) return "what they are: it is a new way in";
  const held = grants.map(({ role, scope }) => `${role} on ${placeInWords(scope)}`);
  const words = [...held, ...teams.map((team) => `in team ${team}`)];
  return words.length === 0 ? "nothing by themselves" : words.join(", ");
}
