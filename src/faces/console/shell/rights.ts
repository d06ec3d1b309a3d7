/** What the reader may do, so that a page can say so before the API refuses it. Pure; the API decides. */
import type { Permission } from "#domain";
import type { RightsResource } from "#faces/api/contract";
import { isStranger } from "../api/refused.ts";

const askedMax = 2;

/**
 * Why not, as a phrase: "you need the role approver on shop to approve a step of a rollout; ask ana". Nothing when
 * they may, or when their rights are not known yet.
 */
export function refusalOf(
  rights: RightsResource | undefined,
  permission: Permission,
): string | undefined {
  const missing = rights?.mayNot.find((one) => one.permission === permission);
  if (rights === undefined || missing === undefined) return undefined;
  const { words, roles } = missing;
  const own = words.replace("themselves", "yourself");
  return `you need the role ${roles[0] ?? "admin"} on ${placeOf(rights)} to ${own}; ${whom(rights)}`;
}

function placeOf({ on }: RightsResource): string {
  return on === "platform" ? "the platform" : on.slice(on.indexOf(":") + 1);
}

/** Whom to ask for a role. */
export function whom({ grantors }: Pick<RightsResource, "grantors">): string {
  if (grantors.length === 0) return "ask whoever runs this Tidegate";
  return `ask ${grantors.slice(0, askedMax).join(" or ")}`;
}

/** What one may do is changed by others, and of that one hears no event. */
const rightsAgainMs = 30_000;

/** After how long rights are asked for again, in ms: a stranger would be refused again and again. */
export function rightsAgain(error: Error | null): number | false {
  return isStranger(error) ? false : rightsAgainMs;
}
