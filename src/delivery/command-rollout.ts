/** A person's word in a rollout: into the journal first, then the controller carries it out. */
import { err, ok, type Result } from "#std";
import { rolloutPermissions, signed } from "#domain";
import type {
  Actor,
  Change,
  DocumentPut,
  Forbidden,
  InvalidInput,
  NewEntry,
  NotFound,
  Rollout,
  RolloutCommand,
  RolloutCommandKind,
  StaleStep,
  WrongState,
} from "#domain";
import { driverOf, isNamedBy, membersOf, refusalOf, updateDocument } from "#delivery/rollout";
import { approvalRefusal } from "./approval.ts";
import { jointRefusal } from "./joint-rights.ts";
import { foldChange } from "./pipeline.ts";
import type { DeliveryPorts } from "./ports.ts";

type Refusal = WrongState | StaleStep | InvalidInput;

export async function commandRollout(
  rollout: Rollout,
  { actor, ...asked }: Omit<RolloutCommand, "at" | "by"> & { readonly actor: Actor },
  ports: DeliveryPorts,
): Promise<Result<Rollout, NotFound | Refusal | Forbidden>> {
  const { store, clock, wakes } = ports;
  const { id, app, together } = rollout;
  const forbidden = await mayNot(rollout, { kind: asked.kind, actor }, ports);
  if (forbidden !== undefined) return err(forbidden);
  const of = together === undefined ? {} : { app };
  const command: RolloutCommand = { ...asked, by: actor.name, at: clock.now(), ...of };
  let refusal: Refusal | undefined;
  let spokenTo: Rollout | undefined;
  // Said of one that goes together with others, it is said of all: their leader keeps it.
  const driver = driverOf(rollout);
  const commanded = await updateDocument(store, { kind: "rollout", id: driver }, async (leader) => {
    const members = await membersWith(leader, ports);
    spokenTo = members.find((each) => each.id === id) ?? leader;
    refusal = refusalOfAny(members, spokenTo, command);
    if (refusal !== undefined) return undefined;
    const entries = members.map((member) => commandedEntry(member, command, actor));
    const moved = members.map(
      async (member, index) => await movedOn(member, entries[index], ports),
    );
    return {
      body: { ...leader, command },
      entries,
      documents: (await Promise.all(moved)).flat(),
      enqueue: [{ kind: "rollout", key: driver, app: leader.app }],
    };
  });
  if (refusal !== undefined) return err(refusal);
  if (commanded === undefined || spokenTo === undefined) {
    return err({ code: "not_found", what: "rollout", name: id });
  }
  wakes.wake(driver);
  return ok({ ...spokenTo, command });
}

/** Why this person may not say this, of it or of what goes together with it. */
async function mayNot(
  rollout: Rollout,
  said: { readonly kind: RolloutCommandKind; readonly actor: Actor },
  ports: DeliveryPorts,
): Promise<Forbidden | WrongState | undefined> {
  const { kind, actor } = said;
  // What the delivery says itself is not asked for.
  if (kind === "supersede") return undefined;
  const permission = rolloutPermissions[kind];
  const refused = await jointRefusal(rollout, { permission, actor }, ports);
  if (refused !== undefined) return refused;
  for (const id of membersOf(rollout)) {
    const member = id === rollout.id ? rollout : (await ports.store.get("rollout", id))?.body;
    const broken = member === undefined ? undefined : await approvalRefusal(member, said, ports);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

/** All that are driven together, each with what was said to all and is not carried out yet. */
async function membersWith(leader: Rollout, { store }: DeliveryPorts): Promise<readonly Rollout[]> {
  const { command } = leader;
  const others = membersOf(leader).filter((id) => id !== leader.id);
  const stored = await Promise.all(others.map(async (id) => await store.get("rollout", id)));
  return [
    leader,
    ...stored.flatMap((each) =>
      each === undefined ? [] : [{ ...each.body, ...(command === undefined ? {} : { command }) }],
    ),
  ];
}

/** Everybody is let in without a reason only if the evidence of all of them says so. */
function refusalOfAny(
  members: readonly Rollout[],
  spokenTo: Rollout,
  command: RolloutCommand,
): Refusal | undefined {
  const concerned = command.kind === "promote" ? members : [spokenTo];
  for (const member of concerned) {
    const refusal = refusalOf(member, command);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** The change of a rollout that was held for a person is under way again. */
async function movedOn(
  rollout: Rollout,
  entry: NewEntry | undefined,
  { store, clock }: DeliveryPorts,
): Promise<readonly DocumentPut[]> {
  if (entry === undefined) return [];
  const stored = await store.get("change", rollout.change);
  if (stored === undefined || stored.body.rollout !== rollout.id) return [];
  const body: Change = foldChange(stored.body, entry, clock.now());
  if (body.state === stored.body.state) return [];
  return [{ kind: "change", id: stored.id, app: body.app, body, ifVersion: stored.version }];
}

function commandedEntry(
  rollout: Rollout,
  { kind, reason, step, app: of }: RolloutCommand,
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
      ...(of !== undefined && isNamedBy(rollout.policy, of) ? { of } : {}),
    },
  };
}
