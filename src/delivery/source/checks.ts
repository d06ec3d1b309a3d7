/**
 * May this push go in? Pure verdicts over facts that `io/push-facts.ts` gathered from the quarantine.
 * Every refusal says what, where, what was expected and what to do next.
 */
import type { TreeEntry } from "#domain";
import { type CheckLimits, refusalsShownMax, warningsShownMax } from "./limits.ts";
import { plainLine } from "./plain-line.ts";
import type { PushOptions, RefUpdate } from "./push.ts";
import { caseCollisions, judgePath, leavesTree } from "./tree-path.ts";

export interface Refusal {
  readonly code:
    | "ref_not_a_branch"
    | "ref_name"
    | "branch_deleted"
    | "object_too_large"
    | "push_too_large"
    | "too_many_objects"
    | "too_many_files"
    | "file_name"
    | "symlink_leaves_tree"
    | "secret";
  readonly what: string;
  readonly where: string;
  readonly expected: string;
  readonly next: string;
}

export interface PushVerdict {
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}

export interface SecretFinding {
  readonly path: string;
  readonly line: number;
  /** "AWS secret access key"; never any part of the secret. */
  readonly kind: string;
}

/** What was found in the quarantine. */
export interface PushFacts {
  /** Tip trees of the branches, each with its files and where its symlinks point. */
  readonly tips: readonly {
    readonly ref: string;
    readonly entries: readonly TreeEntry[];
    readonly symlinks: ReadonlyMap<string, string>;
  }[];
  readonly objects: number;
  readonly totalBytes: number;
  readonly largest: readonly { readonly path: string; readonly sizeBytes: number }[];
  readonly secrets: readonly SecretFinding[];
  /** Text files that were not read for secrets, because there was too much. */
  readonly unscanned: number;
}

/** Judges the names alone, before anything is read from the objects. */
export function judgeRefs(updates: readonly RefUpdate[], trackedRef: string): PushVerdict {
  const refusals: Refusal[] = [];
  for (const { ref, after } of updates) {
    const where = plainLine(ref);
    if (!/^refs\/(?:heads|tags)\/./.test(ref)) {
      refusals.push({
        code: "ref_not_a_branch",
        what: ref.startsWith("refs/notes/")
          ? "notes are written by Tidegate alone"
          : "this ref is not a branch",
        where,
        expected: "a branch (refs/heads/…) or a tag (refs/tags/…)",
        next: "git push tide HEAD:main",
      });
    } else if (!isPlainRef(ref)) {
      refusals.push({
        code: "ref_name",
        what: "this name is too long or cannot be shown",
        where,
        expected: "at most 200 bytes of printable UTF-8",
        next: "git branch -m NEW-NAME, then push again",
      });
    } else if (ref === trackedRef && after === undefined) {
      refusals.push({
        code: "branch_deleted",
        what: "the tracked branch cannot be deleted",
        where,
        expected: "a commit to deliver",
        next: "tidegate app delete, if the app itself is to go",
      });
    }
  }
  return { refusals, warnings: [] };
}

function isPlainRef(ref: string): boolean {
  return Buffer.byteLength(ref) <= 200 && !ref.includes("\u{fffd}") && plainLine(ref) === ref;
}

/** Judges what the push brings. */
export function judgePush(
  facts: PushFacts,
  options: PushOptions,
  limits: CheckLimits,
): PushVerdict {
  const refusals = [...sizeRefusals(facts, limits)];
  const warnings: string[] = [];
  for (const tip of facts.tips) {
    refusals.push(...treeRefusals(tip, limits));
    warnings.push(...treeWarnings(tip.entries));
  }
  if (options.allowSecrets === undefined) refusals.push(...facts.secrets.map(secretRefusal));
  else if (facts.secrets.length > 0) {
    warnings.push(`${facts.secrets.length} likely secrets let in: ${options.allowSecrets}`);
  }
  if (facts.unscanned > 0) {
    warnings.push(`${facts.unscanned} files were not read for secrets: the push has too much text`);
  }
  return { refusals, warnings };
}

function* sizeRefusals(facts: PushFacts, limits: CheckLimits): Generator<Refusal> {
  for (const { path, sizeBytes } of facts.largest) {
    if (sizeBytes <= limits.blobBytesMax) continue;
    yield {
      code: "object_too_large",
      what: `this file has ${sizeBytes} bytes`,
      where: plainLine(path),
      expected: `at most ${limits.blobBytesMax} bytes a file`,
      next: "keep it outside the repository, rewrite the commits that hold it, and push again",
    };
  }
  if (facts.totalBytes > limits.pushBytesMax) {
    yield {
      code: "push_too_large",
      what: `this push brings ${facts.totalBytes} bytes`,
      where: "all new objects together",
      expected: `at most ${limits.pushBytesMax} bytes`,
      next: "push the history in several steps",
    };
  }
  if (facts.objects > limits.objectsMax) {
    yield {
      code: "too_many_objects",
      what: `this push brings more than ${limits.objectsMax} objects`,
      where: "all new objects together",
      expected: `at most ${limits.objectsMax} objects`,
      next: "push the history in several steps",
    };
  }
}

function* treeRefusals(tip: PushFacts["tips"][number], limits: CheckLimits): Generator<Refusal> {
  if (tip.entries.length > limits.filesMax) {
    yield {
      code: "too_many_files",
      what: `this commit has ${tip.entries.length} files`,
      where: tip.ref,
      expected: `at most ${limits.filesMax} files`,
      next: "leave generated files and dependencies out (.gitignore), and push again",
    };
    return;
  }
  for (const { path, mode, sizeBytes } of tip.entries) {
    const fault = judgePath(path, limits);
    if (fault !== undefined) {
      yield {
        code: "file_name",
        what: `this name ${fault}`,
        where: plainLine(JSON.stringify(path)),
        expected: "a relative path of printable UTF-8 names",
        next: "git mv the file to another name, commit, and push again",
      };
    }
    if (mode !== "120000") continue;
    const target = tip.symlinks.get(path);
    if (target !== undefined && sizeBytes <= limits.symlinkBytesMax && !leavesTree(path, target)) {
      continue;
    }
    yield {
      code: "symlink_leaves_tree",
      what: "this symbolic link leaves the repository, or could",
      where: `${plainLine(path)} -> ${plainLine(target ?? "(too long)")}`,
      expected: "a relative target inside the repository, with .. only in front",
      next: "replace the link by a file or a target inside, commit, and push again",
    };
  }
}

function treeWarnings(entries: readonly TreeEntry[]): readonly string[] {
  const modules = entries.filter(({ mode }) => mode === "160000");
  return [
    ...modules.map(({ path }) => `submodule ${plainLine(path)} is not fetched: it will be empty`),
    ...caseCollisions(entries.map(({ path }) => path)).map(
      ([a, b]) => `${plainLine(a)} and ${plainLine(b)} are one file where names ignore case`,
    ),
  ];
}

function secretRefusal(secret: SecretFinding): Refusal {
  return {
    code: "secret",
    what: `this looks like a secret: ${secret.kind}`,
    where: `${plainLine(secret.path)} line ${secret.line}`,
    expected: "no secrets in commits; give them by: tidegate config set KEY=VALUE",
    next: 'remove it from the commits and revoke it; if it is harmless: git push -o allow-secrets="reason"',
  };
}

/** The lines a refused author reads. */
export function renderRefusals(refusals: readonly Refusal[]): readonly string[] {
  const shown = refusals.slice(0, refusalsShownMax);
  const rest = refusals.length - shown.length;
  return [
    ...shown.flatMap(({ what, where, expected, next }) => [
      `refused: ${what}`,
      `  where     ${where}`,
      `  expected  ${expected}`,
      `  next      ${next}`,
    ]),
    ...(rest > 0 ? [`and ${rest} more of the kind`] : []),
  ];
}

export function renderWarnings(warnings: readonly string[]): readonly string[] {
  const rest = warnings.length - warningsShownMax;
  return [
    ...warnings.slice(0, warningsShownMax).map((warning) => `warning: ${warning}`),
    ...(rest > 0 ? [`warning: and ${rest} more`] : []),
  ];
}
