/** Whether somebody may fetch from an app's repository, or push to it: the same words over HTTP and SSH. */
import { err, ok, type Result } from "#std";
import type { Actor, AppName, Forbidden } from "#domain";
import { refusalOn, type Keepers } from "./guard.ts";

export interface GitAsked {
  readonly app: AppName;
  readonly isPush: boolean;
  readonly actor: Actor;
}

/** What may not be seen is answered like what does not exist: with nothing. */
export async function gitRefusal(
  { app, isPush, actor }: GitAsked,
  keepers: Keepers,
): Promise<Result<void, Forbidden | undefined>> {
  const found = await keepers.delivery.locate({ kind: "app", name: app }, actor);
  if (!found.ok) return err(undefined);
  const permission = isPush ? "source.push" : "source.read";
  const asking = { permission, actor, people: keepers.people } as const;
  const refusal = await refusalOn(found.value.resource, asking);
  return refusal === undefined ? ok(undefined) : err(refusal);
}

export function noSuchApp(name: string): string {
  return `tidegate: there is no app "${name}"\nnext: tidegate app create ${name}\n`;
}
