/**
 * Hundreds of apps and thousands of changes without delivering them: copies of one app and one change that were
 * really delivered, written into the platform's own database. Only what pages read is copied.
 */
import { readFile } from "node:fs/promises";
import pg from "pg";
import type { Platform } from "../kit/platform.ts";

export interface Amounts {
  readonly apps: number;
  readonly changes: number;
}

export async function populate(platform: Platform, app: string, amounts: Amounts): Promise<void> {
  const client = new pg.Client({ connectionString: await databaseUrlOf(platform) });
  await client.connect();
  try {
    await client.query(
      `insert into document (kind, id, app, body, version)
       select 'app', 'app-' || n, 'app-' || n,
         jsonb_set(body::jsonb, '{name}', to_jsonb('app-' || n))::json, 1
       from document, generate_series(1, $2::integer) as n
       where kind = 'app' and id = $1`,
      [app, amounts.apps],
    );
    await client.query(
      `insert into document (kind, id, app, body, version)
       select 'change', 'chg_bench' || lpad(n::text, 7, '0'), 'app-' || (n % $2::integer + 1),
         body::jsonb || jsonb_build_object(
           'id', 'chg_bench' || lpad(n::text, 7, '0'),
           'app', 'app-' || (n % $2::integer + 1),
           'commit', md5(n::text) || substr(md5('b' || n::text), 1, 8),
           'subject', 'Change number ' || n || ' of very many'), 1
       from (select body from document where kind = 'change' and app = $1 limit 1) as one,
         generate_series(1, $3::integer) as n`,
      [app, amounts.apps, amounts.changes],
    );
    await client.query("analyze document");
  } finally {
    await client.end();
  }
}

/** The supervisor hands it to the server and to nobody else. */
async function databaseUrlOf(platform: Platform): Promise<string> {
  const pid = await platform.pidOf("server");
  const environment = await readFile(`/proc/${pid}/environ`, "utf8");
  const found = environment.split("\0").find((line) => line.startsWith("DATABASE_URL="));
  if (found === undefined) throw new Error("the server was given no DATABASE_URL");
  return found.slice("DATABASE_URL=".length);
}
