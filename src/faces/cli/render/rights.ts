/** What somebody with rights on a part of the platform is shown, and that it is a part. Pure. */
import type { MeResource } from "#faces/api/contract";

export const noneSeen =
  "no app that you may see\nnext: ask an admin of the app, or of its team, for a role on it";

/** The machine's own key has no grants to list, and sees all. */
export function seesAll({ user, grants, reach }: MeResource): boolean {
  if (reach?.kind === "push") return false;
  return user === undefined || grants.some(({ on }) => on === "platform");
}

/** What of the platform is shown, by whose rights: a count that leaves something out must say so. */
export function rightsOf({ name, grants, reach }: MeResource): string {
  const own = grants.map(({ role, on }) => `${role} on ${on}`).join(", ");
  const token = reach?.kind === "push" ? `; this token may push to ${reach.app} and no more` : "";
  return `${name}: ${own === "" ? "none yet" : own}${token}; nothing else is shown`;
}
