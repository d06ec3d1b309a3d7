/** Scopes that are there: nothing is granted on what does not exist. */
import { err, ok, type Result } from "#std";
import { renderScope, type DocumentPut, type Grant, type NotFound, type Scope } from "#domain";
import { teamNamed, type PeopleContext } from "./context.ts";

/**
 * What must be as it is for grants to mean what they mean: an app that is deleted in the same moment must not
 * leave a grant to the next of its name. Refused when a scope is not there.
 */
export async function unmoved(
  grants: readonly Grant[],
  context: PeopleContext,
): Promise<Result<readonly DocumentPut[], NotFound>> {
  const guards = new Map<string, DocumentPut>();
  for (const { scope } of grants) {
    if (scope.kind === "platform") continue;
    if (scope.kind === "team") {
      if (!(await teamNamed(scope.team, context)).ok) return err(missing(scope));
      continue;
    }
    const app = await context.store.get("app", scope.app);
    if (app === undefined || app.body.deletedAt !== undefined) return err(missing(scope));
    const { id, body, version } = app;
    guards.set(id, { kind: "app", id, app: body.name, body, ifVersion: version });
  }
  return ok([...guards.values()]);
}

function missing(scope: Scope): NotFound {
  const name = scope.kind === "team" ? scope.team : renderScope(scope).replace(/^app:/, "");
  return { code: "not_found", what: scope.kind === "team" ? "team" : "app", name };
}
