/** The build stage of a change: plan the tree, build what it says, keep the artifact. */
import type { Change, NewEntry, Problem, Stored } from "#domain";
import { buildArtifact, planTree } from "#delivery/build";
import { defaultRolloutPolicy } from "#delivery/rollout";
import { begin, lineTo } from "./begin-stage.ts";
import { planProblem } from "./plan-problem.ts";
import { by, type Turn, write } from "./turn.ts";

export async function build(stored: Stored<Change>, turn: Turn): Promise<void> {
  const { ports, signal } = turn;
  const change = stored.body;
  const tree = await ports.repositories.tree(change.app, change.tree);
  const plan = await planTree(tree, ports.toolchain, defaultRolloutPolicy);
  if (!plan.ok) {
    await write(stored, turn, { entries: [buildFailed(change, planProblem(plan.error))] });
    return;
  }
  const started = await begin(stored, turn, {
    ...by(change, "build"),
    type: "dev.cdevents.build.started",
    data: { title: plan.value.title, reasons: plan.value.reasons },
  });
  if (started === undefined) return;
  const built = await buildArtifact(
    { change, plan: plan.value, signal, onLine: lineTo(change.id, "build", ports) },
    ports,
  );
  if (signal.aborted) return;
  if (!built.ok) {
    await write(started, turn, { entries: [buildFailed(change, built.error)] });
    return;
  }
  const { artifact, isCached } = built.value;
  await write(started, turn, {
    entries: [
      {
        ...by(change, "build"),
        type: "dev.cdevents.build.finished",
        data: {
          outcome: "success",
          artifact: artifact.digest,
          steps: artifact.steps,
          isCached,
          sizeBytes: artifact.sizeBytes,
        },
      },
    ],
    documents: [{ kind: "artifact", id: artifact.digest, app: change.app, body: artifact }],
  });
}

function buildFailed(change: Change, problem: Problem): NewEntry {
  return {
    ...by(change, "build"),
    type: "dev.cdevents.build.finished",
    data: { outcome: "failure", steps: [], isCached: false, problem },
  };
}
