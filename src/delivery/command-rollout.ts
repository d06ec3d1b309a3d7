/** A person's word in a rollout: into the journal first, then the controller carries it out. */
import { err, ok, type Result } from "#std";
import {
  type NewEntry,
  type NotFound,
  type Rollout,
  type RolloutCommand,
  type WrongState,
} from "#domain";
import { applyCommand, updateDocument } from "#delivery/rollout";
import { type DeliveryPorts } from "./ports.ts";

export async function commandRollout(
  { id, app }: Rollout,
  asked: Omit<RolloutCommand, "at">,
  { store, clock, wakes }: DeliveryPorts,
): Promise<Result<Rollout, NotFound | WrongState>> {
  const command: RolloutCommand = { ...asked, at: clock.now() };
  let refusal: WrongState | undefined;
  const commanded = await updateDocument(store, { kind: "rollout", id }, (rollout) => {
    refusal = refusalOf(rollout, command);
    return refusal === undefined
      ? { body: { ...rollout, command }, entries: [commandedEntry(rollout, command)] }
      : undefined;
  });
  if (refusal !== undefined) return err(refusal);
  if (commanded === undefined) return err({ code: "not_found", what: "rollout", name: id });
  await store.commit({ enqueue: [{ kind: "rollout", key: id, app }] });
  wakes.wake(id);
  return ok(commanded);
}

/** What has begun to be taken away stays so, and what is being let in can only be taken away. */
function refusalOf(rollout: Rollout, command: RolloutCommand): WrongState | undefined {
  const outcome = applyCommand(rollout, command);
  if (!outcome.ok) return outcome.error;
  const pending = rollout.command?.kind;
  if (pending === undefined || pending === "pause" || pending === "resume") return undefined;
  if (pending === "promote" && command.kind === "abort") return undefined;
  return {
    code: "wrong_state",
    what: "rollout",
    state: `in the middle of ${pending}`,
    next: `watch it: tidegate rollout watch ${rollout.id}`,
  };
}

function commandedEntry(
  rollout: Rollout,
  { kind, by, reason }: RolloutCommand,
): NewEntry<"dev.tidegate.rollout.commanded"> {
  return {
    type: "dev.tidegate.rollout.commanded",
    app: rollout.app,
    change: rollout.change,
    actor: by,
    data: { rollout: rollout.id, command: kind, reason },
  };
}
