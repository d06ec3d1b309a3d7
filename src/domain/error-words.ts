/** Errors in words that the API and the command line share: what was wrong, where, and what was expected. Pure. */
import type { Forbidden, InvalidInput, StaleStep, WrongState } from "./errors.ts";
import { renderScope } from "./people.ts";
import { rolesThatMay, wordsOf, type Resource } from "./permissions.ts";

/** `release is x; expected …`; of what was left out, or is named itself, `reason: expected …`. */
export function invalidInputInWords({ field, file, found, expected }: InvalidInput): string {
  // The file as a whole, which whoever says this names beforehand, with its line.
  if (field === file || field === "") {
    return `expected ${expected}${found === undefined ? "" : `; found: ${found}`}`;
  }
  // An unknown key was found, and is the field.
  const isNamed = found === undefined || field.endsWith(found);
  return isNamed ? `${field}: expected ${expected}` : `${field} is ${found}; expected ${expected}`;
}

export function wrongStateInWords({ what, state }: WrongState): string {
  // `rolled_back` as `rolled back`; what is a phrase already may have ids in it.
  return `the ${what} is ${state.includes(" ") ? state : state.replaceAll("_", " ")}`;
}

export function staleStepInWords({ asked, current, steps, title }: StaleStep): string {
  return `step ${asked} was named; the rollout is in step ${current} of ${steps} (${title})`;
}

/**
 * `app shop: ana may not push; that takes source.push`; of a token that is for less than its owner, `this token may
 * not`.
 */
export function forbiddenInWords(error: Forbidden): string {
  const { permission, on } = error;
  return on.kind === "platform"
    ? `${mayNot(error)}; that takes ${permission} on the whole platform`
    : `${resourceText(on)}: ${mayNot(error)}; that takes ${permission}`;
}

function mayNot({ who, permission, isTokenTooNarrow, isForOthersToo }: Forbidden): string {
  const words = wordsOf(permission);
  if (isForOthersToo === true) {
    return `${who} may not ${words} of all apps that go together with it, not all of which they see`;
  }
  return `${isTokenTooNarrow ? "this token" : who} may not ${words}`;
}

/** What to do about it: whom to ask, and for what. */
export function nextOfForbidden(forbidden: Forbidden): string {
  const { who, permission, on, isTokenTooNarrow, grantors } = forbidden;
  if (forbidden.isForOthersToo === true) {
    return `Ask who may ${wordsOf(permission)} of all of them; tidegate grant list says who has rights on this one.`;
  }
  if (isTokenTooNarrow) return `Use another token: ${who} may do this, this token may not.`;
  const [role] = rolesThatMay(permission);
  const command = `tidegate grant add ${who} ${role} --on ${scopeText(on)}`;
  if (grantors.length > 0) return `Ask ${grantors.join(" or ")}: ${command}`;
  // What is left is the key file, which no role gives; whoever asks may have it, and have used something else.
  return `Only who runs Tidegate can grant that, on its machine and without TIDEGATE_TOKEN: ${command}`;
}

function resourceText(on: Resource): string {
  if (on.kind === "platform") return "the platform";
  return on.kind === "team" ? `team ${on.team}` : `app ${on.app}`;
}

/** The narrowest scope that has it, as the command line takes it. */
function scopeText(on: Resource): string {
  if (on.kind === "platform") return renderScope(on);
  return on.kind === "team" ? renderScope(on) : renderScope({ kind: "app", app: on.app });
}
