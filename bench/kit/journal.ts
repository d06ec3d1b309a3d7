/** The journal and the releases, whole, as the API gives them. */
import type { Platform } from "./platform.ts";

export interface Entry {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly change?: string;
  readonly data: { readonly release?: string };
}

export interface Release {
  readonly number: number;
  readonly state: string;
  readonly instances: readonly unknown[];
}

const pageEntries = 500;

export async function journalOf(platform: Platform): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const after = entries.at(-1)?.seq ?? 0;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's own type
    const page = (await platform.api("GET", `/journal?after=${after}&limit=${pageEntries}`)) as {
      entries: readonly Entry[];
    };
    entries.push(...page.entries);
    if (page.entries.length < pageEntries) return entries;
  }
}

export async function releasesOf(platform: Platform, app: string): Promise<readonly Release[]> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's own type
  const page = (await platform.api("GET", `/apps/${app}/releases?limit=200`)) as {
    releases: readonly Release[];
  };
  return page.releases;
}
