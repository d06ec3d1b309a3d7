/**
 * `tidegate evidence verify`: fetches what was signed about a change's artifact and checks it here, with the
 * code that the gate uses and a key of one's own; the instance's word for it is not asked.
 */
import { createPublicKey } from "node:crypto";
import { digestOf, type Digest } from "#domain";
import type { ChangeResource, EvidenceListResource } from "#faces/api/contract";
import type { Client } from "../client.ts";
import { CommandFailed } from "../command-failed.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { git } from "../git.ts";
import { inputFailed } from "../input-failed.ts";
import { renderEvidence } from "../render/evidence.ts";
import { short } from "../render/words.ts";
import type { CommonOptions, Session } from "../session.ts";
import { smallFile } from "../small-file.ts";
import { fetchChange, idOf } from "./change.ts";

export interface EvidenceOptions extends CommonOptions {
  /** A file with the public key to trust, PEM. */
  readonly key?: string;
}

export interface EvidenceChecked {
  readonly change: string;
  readonly artifact: string;
  readonly isGenuine: boolean;
  /** Who said which key to trust: a file of the reader's, or the instance itself. */
  readonly keyFrom: "file" | "instance";
  /** Those that were checked; of evidence that is refused, none. */
  readonly statements: readonly {
    readonly predicateType: string;
    readonly bundle: string;
    readonly builder?: string;
  }[];
  readonly problem?: string;
}

export async function verifyEvidenceOf(
  session: Session,
  { key }: EvidenceOptions,
  named?: string,
): Promise<ExitCode> {
  const { terminal } = session;
  const trusted = key === undefined ? undefined : await keyIn(session, key);
  const client = await session.client();
  const change = await fetchChange(client, await idOf(session, client, named));
  const params = { change: change.id };
  const list = await client.call("GET /api/v1/changes/:change/evidence", { params });
  const bundles = await bundlesOf(client, change.id, list);
  const keyFrom = trusted === undefined ? "instance" : "file";
  const tree = await treeOf(session, change);
  const checked = await check(list, { bundles, publicKey: trusted ?? list.publicKey, tree });
  const answer: EvidenceChecked = { change: change.id, keyFrom, ...checked };
  session.show(answer, (value) => renderEvidence(value, change, terminal.paint));
  if (!checked.isGenuine) {
    terminal.narrate("next: do not trust what runs; push again to build and sign it anew");
    return exitCodes.platform;
  }
  if (keyFrom === "instance") {
    const command = `tidegate evidence verify ${short(change.commit)} --key evidence-key.pub`;
    terminal.narrate(`next: with a copy of keys/evidence-key.pub that you trust: ${command}`);
  }
  return exitCodes.done;
}

/** By the repository here, where it has the commit: the instance's word is taken only where it has not. */
async function treeOf(
  { terminal }: Session,
  { commit, tree }: Pick<ChangeResource, "commit" | "tree">,
): Promise<string> {
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return tree;
  const known = await git(terminal.cwd, ["rev-parse", "--verify", "--quiet", `${commit}^{tree}`]);
  return known.isDone && known.text !== "" ? known.text : tree;
}

/** Refuses a file that holds no public key, before anything is asked. */
async function keyIn({ terminal }: Session, file: string): Promise<string> {
  const pem = await smallFile(terminal, file);
  try {
    createPublicKey(pem);
    return pem;
  } catch {
    const expected = "a public key in PEM, such as keys/evidence-key.pub of the data directory";
    throw inputFailed({ code: "invalid_input", field: "the key", expected }, file);
  }
}

/** By their digest; what the instance cannot give is missing, which the check says. */
async function bundlesOf(
  client: Client,
  change: string,
  { evidence }: EvidenceListResource,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const { bundle } of evidence) {
    try {
      const params = { change, bundle };
      const answer = await client.call("GET /api/v1/changes/:change/evidence/:bundle", { params });
      found.set(bundle, new TextEncoder().encode(answer.bundle));
    } catch (error) {
      if (!(error instanceof CommandFailed && error.code !== undefined)) throw error;
    }
  }
  return found;
}

interface Means {
  readonly bundles: ReadonlyMap<string, Uint8Array>;
  readonly publicKey: string;
  /** Of the change's commit: evidence about another one's artifact is no evidence about it. */
  readonly tree: string;
}

async function check(
  { artifact, evidence }: EvidenceListResource,
  { bundles, publicKey, tree }: Means,
): Promise<Omit<EvidenceChecked, "change" | "keyFrom">> {
  const { isBuiltFrom, verifyEvidence } = await import("#delivery/assure");
  const blobs = { get: async (digest: string) => bundles.get(digest) };
  const recorded = evidence.map(({ bundle, ...rest }) => ({
    ...rest,
    artifact: digestIn(rest.artifact),
    bundle: digestIn(bundle),
  }));
  const result = await verifyEvidence(digestIn(artifact), recorded, { blobs, publicKey });
  if (!result.ok) {
    return { artifact, isGenuine: false, statements: [], problem: result.error.message };
  }
  if (!result.value.some((statement) => isBuiltFrom(statement, tree))) {
    const problem = `no provenance says that this artifact was built from the tree ${short(tree)} of this commit`;
    return { artifact, isGenuine: false, statements: [], problem };
  }
  const statements = result.value.map(({ predicateType, bundle, builder }) => ({
    predicateType,
    bundle,
    ...(builder === undefined ? {} : { builder }),
  }));
  return { artifact, isGenuine: true, statements };
}

function digestIn(text: string): Digest {
  return digestOf(text.replace(/^sha256:/, ""));
}
