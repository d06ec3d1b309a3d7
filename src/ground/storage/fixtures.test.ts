/** What the tests of this room write. */
import { strict as assert } from "node:assert";
import { parseAppName, type App, type NewEntry } from "#domain";

const parsed = parseAppName("shop");
assert(parsed.ok);
export const shop = parsed.value;
export const never = new AbortController().signal;

export function created(actor: string): NewEntry {
  return { type: "dev.cdevents.repository.created", app: shop, actor, data: { app: shop } };
}
export const appBody: App = {} as App;
