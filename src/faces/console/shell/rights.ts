/** What the reader may do, so that a button can say so before the API refuses it. Pure; the API decides. */
import { isAllowed, parseScope, type Permission, rolesThatMay, wordsOf } from "#domain";
import type { MeResource } from "#faces/api/contract";

export interface Of {
  readonly app: string;
  readonly team?: string | undefined;
}

type Resource = Parameters<typeof isAllowed>[2];

/** Why not, as a phrase; nothing when they may, or when who asks is not known yet. */
export function refusalOf(
  me: MeResource | undefined,
  permission: Permission,
  { app, team }: Of,
): string | undefined {
  if (me === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- names as the API gave them
  const resource = {
    kind: "app",
    app,
    environment: "production",
    ...(team === undefined ? {} : { team }),
  } as Resource;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  const actor = {
    name: me.name,
    grants: me.grants.flatMap(({ role, on }) => {
      const scope = parseScope(on);
      return scope.ok ? [{ role, scope: scope.value }] : [];
    }),
    ...(me.reach === undefined ? {} : { reach: me.reach }),
  } as Parameters<typeof isAllowed>[0];
  if (isAllowed(actor, permission, resource)) return undefined;
  const roles = rolesThatMay(permission).join(" or ");
  return `to ${wordsOf(permission)} takes the role ${roles} for ${app}`;
}
