/** Programs of ours that run inside a release: put into its work tree, so that it needs nothing else. */
import { readFile, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plan } from "#domain";
import { sha256Hex } from "#std";
import { staticServerFile } from "../detect/single-page.ts";
import { remove } from "./copy-tree.ts";
import { makeDirectories } from "./real-directories.ts";

export interface Shipped {
  readonly path: string;
  readonly text: string;
  readonly digest: string;
}

/** Gives what a plan's processes need of ours; their digests are part of the artifact's identity. */
export async function shippedWith(plan: Plan): Promise<readonly Shipped[]> {
  const isNeeded = Object.values(plan.processes).some(({ argv }) =>
    argv.includes(staticServerFile),
  );
  if (!isNeeded) return [];
  const text = await staticServerSource();
  return [{ path: staticServerFile, text, digest: sha256Hex(text) }];
}

export async function ship(shipped: readonly Shipped[], directory: string): Promise<void> {
  for (const { path, text } of shipped) {
    await makeDirectories(directory, path);
    await remove(join(directory, path));
    await writeFile(join(directory, path), text, { flag: "wx" });
  }
}

/** From sources the types are taken out here; a published build has no types left to take. */
async function staticServerSource(): Promise<string> {
  const isSource = import.meta.url.endsWith(".ts");
  const file = new URL(isSource ? "./static-server.ts" : "./static-server.js", import.meta.url);
  const text = await readFile(fileURLToPath(file), "utf8");
  return isSource ? stripTypeScriptTypes(text) : text;
}
