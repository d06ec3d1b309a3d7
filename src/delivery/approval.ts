/**
 * Who may say yes to a step: whoever has the permission, within the gate's rules that ask for the approver.
 * The rules are those of the change and those of what everybody has: a change cannot take away the rule
 * under which it is approved.
 */
import type { Actor, Artifact, Rollout, RolloutCommandKind, WrongState } from "#domain";
import { gateFacts, refusedApproval, verifyEvidence } from "#delivery/assure";
import { evidenceOf } from "./evidence-of.ts";
import type { DeliveryPorts } from "./ports.ts";
import { testReportOf } from "./test-stage.ts";

/** What lets users in on a person's word. */
const yes: ReadonlySet<RolloutCommandKind> = new Set(["approve", "promote", "skip-to"]);

/** Gives why this person may not; nothing when they may, or when there is no rule about it. */
export async function approvalRefusal(
  rollout: Rollout,
  { kind, actor }: { readonly kind: RolloutCommandKind; readonly actor: Actor },
  ports: DeliveryPorts,
): Promise<WrongState | undefined> {
  if (!yes.has(kind)) return undefined;
  const change = (await ports.store.get("change", rollout.change))?.body;
  const artifacts = await artifactsOf(rollout, ports);
  const [candidate] = artifacts;
  const asks = artifacts.some(({ plan }) => Object.values(plan.gate).some(mentionsApprover));
  if (change === undefined || candidate === undefined || !asks) return undefined;
  const evidence = await verifyEvidence(
    candidate.digest,
    await evidenceOf(candidate.digest, ports),
    {
      blobs: ports.blobs,
      publicKey: ports.signer.publicKey,
    },
  );
  const known = gateFacts({
    change,
    artifact: candidate,
    report: await testReportOf(change, ports),
    secrets: { found: 0, allowed: 0 },
    statements: evidence.ok ? evidence.value : [],
  });
  const facts = { ...known, approver: actor.name };
  for (const { plan } of artifacts) {
    const broken = refusedApproval({ rules: plan.gate, facts });
    if (broken === undefined) continue;
    return {
      code: "wrong_state",
      what: `${kind} by ${actor.name}`,
      state: `against the rule ${broken.name}: ${broken.because}`,
      next: `Have somebody else do it: tidegate grant list --app ${rollout.app}`,
    };
  }
  return undefined;
}

/** Cheap, and never wrong in the direction that matters: whether it is worth asking the rules. */
function mentionsApprover(rule: string): boolean {
  return rule.includes("approver");
}

/** The candidate's first, then that of what everybody has. */
async function artifactsOf(
  { candidate, baseline }: Rollout,
  { store }: DeliveryPorts,
): Promise<readonly Artifact[]> {
  const releases = await Promise.all(
    [candidate, baseline].flatMap((id) => (id === undefined ? [] : [store.get("release", id)])),
  );
  const artifacts = await Promise.all(
    releases.flatMap((release) =>
      release === undefined ? [] : [store.get("artifact", release.body.artifact)],
    ),
  );
  return artifacts.flatMap((stored) => (stored === undefined ? [] : [stored.body]));
}
