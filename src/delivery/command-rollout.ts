/** A person's word in a rollout: into the journal first, then the controller carries it out. */
import { err, ok, type Result } from "#std";
import { signed } from "#domain";
import type {
  Actor,
  Change,
  DocumentPut,
  InvalidInput,
  NewEntry,
  NotFound,
  Rollout,
  RolloutCommand,
  StaleStep,
  WrongState,
} from "#domain";
import { refusalOf, updateDocument } from "#delivery/rollout";
import { approvalRefusal } from "./approval.ts";
import { foldChange } from "./pipeline.ts";
import type { DeliveryPorts } from "./ports.ts";

type Refusal = WrongState | StaleStep | InvalidInput;

export async function commandRollout(
  found: Rollout,
  { actor, ...asked }: Omit<RolloutCommand, "at" | "by"> & { readonly actor: Actor },
  ports: DeliveryPorts,
): Promise<Result<Rollout, NotFound | Refusal>> {
  const { store, clock, wakes } = ports;
  const { id, app } = found;
  const forbidden = await approvalRefusal(found, { kind: asked.kind, actor }, ports);
  if (forbidden !== undefined) return err(forbidden);
  const command: RolloutCommand = { ...asked, by: actor.name, at: clock.now() };
  let refusal: Refusal | undefined;
  const commanded = await updateDocument(store, { kind: "rollout", id }, async (rollout) => {
    refusal = refusalOf(rollout, command);
    if (refusal !== undefined) return undefined;
    const entry = commandedEntry(rollout, command, actor);
    return {
      body: { ...rollout, command },
      entries: [entry],
      documents: await movedOn(rollout, entry, ports),
      enqueue: [{ kind: "rollout", key: id, app }],
    };
  });
  if (refusal !== undefined) return err(refusal);
  if (commanded === undefined) return err({ code: "not_found", what: "rollout", name: id });
  wakes.wake(id);
  return ok(commanded.body);
}

/** The change of a rollout that was held for a person is under way again. */
async function movedOn(
  rollout: Rollout,
  entry: NewEntry,
  { store, clock }: DeliveryPorts,
): Promise<readonly DocumentPut[]> {
  const stored = await store.get("change", rollout.change);
  if (stored === undefined || stored.body.rollout !== rollout.id) return [];
  const body: Change = foldChange(stored.body, entry, clock.now());
  if (body.state === stored.body.state) return [];
  return [{ kind: "change", id: stored.id, app: body.app, body, ifVersion: stored.version }];
}

function commandedEntry(
  rollout: Rollout,
  { kind, reason, step }: RolloutCommand,
  actor: Actor,
): NewEntry<"dev.tidegate.rollout.commanded"> {
  return {
    type: "dev.tidegate.rollout.commanded",
    app: rollout.app,
    change: rollout.change,
    ...signed(actor),
    data: {
      rollout: rollout.id,
      command: kind,
      reason,
      ...(step === undefined ? {} : { step }),
    },
  };
}
