/**
 * The identity of a step: equal keys mean equal inputs, so a step whose key was seen is not run.
 *
 * Git has hashed every file already; the key is made of those ids and never reads content. A step
 * that changes what later ones read passes its key on to them (`after`).
 */
import {
  digestOf,
  type Digest,
  type Plan,
  type PlanStep,
  type SourceTree,
  type TreeEntry,
} from "#domain";
import { canonicalJson, sha256Hex } from "#std";

/** Raised when the same key would no longer mean the same result; empties every cache. */
const formVersion = 1;

export function stepKey(
  step: PlanStep,
  tree: SourceTree,
  given: { readonly plan: Plan; readonly after: readonly Digest[] },
): Digest {
  const { commands, outputs, env, hasNetwork } = step;
  const inputs = tree.entries.filter((entry) => isInput(entry, step.inputs)).map(identity);
  const { toolchain } = given.plan;
  const { after } = given;
  const key = { formVersion, commands, outputs, env, hasNetwork, inputs, toolchain, after };
  return digestOf(sha256Hex(canonicalJson(key)));
}

/** The identity of what a tree and a plan make for one app. */
export function artifactKey(
  tree: SourceTree,
  given: { readonly app: string; readonly plan: Plan; readonly shipped: readonly string[] },
): Digest {
  const entries = tree.entries.map(identity);
  return digestOf(
    sha256Hex(canonicalJson({ formVersion, ...given, plan: given.plan.digest, entries })),
  );
}

function isInput(entry: TreeEntry, inputs: readonly string[]): boolean {
  return inputs.some(
    (input) => input === "." || entry.path === input || entry.path.startsWith(`${input}/`),
  );
}

function identity({ path, mode, oid }: TreeEntry): string {
  return `${mode} ${oid} ${path}`;
}
