/**
 * A push becomes a change, and the change's story goes back over the push that is still open.
 */
import {
  parseId,
  pushedTo,
  rolesThatMay,
  rolloutPermissions,
  type Change,
  type JournalEntry,
} from "#domain";
import { type AskedFor, mayPushEnd, renderPushEnd } from "#delivery/feedback";
import { approvalAhead } from "#delivery/rollout";
import type { Push } from "#delivery/source";
import { listenAgainMs, recordTimeoutMs } from "./limits.ts";
import type { DeliveryPorts } from "./ports.ts";
import { recordChange } from "./record-change.ts";
import { toldLines } from "./told-lines.ts";
import { story } from "./story.ts";

/**
 * Takes an accepted push of the tracked branch and yields the lines its author reads. Leaving the loop
 * early (the client went away) changes nothing for the delivery.
 */
export async function* receivePush(
  push: Push,
  ports: DeliveryPorts,
  signal: AbortSignal,
): AsyncIterable<string> {
  const recorded = await patiently({ ports, signal }, async () => {
    const app = await ports.store.get("app", push.app);
    const { trackedBranch } = app?.body ?? { trackedBranch: "main" };
    if (app === undefined || push.branch !== trackedBranch) return { trackedBranch };
    return await recordChange(push, ports);
  });
  if (recorded === undefined) {
    yield "This commit is a change already: nothing to do.";
    return;
  }
  if ("trackedBranch" in recorded) {
    const { trackedBranch } = recorded;
    yield `Stored. Only ${trackedBranch} is delivered, and this is ${push.branch}.`;
    yield `To deliver it: git push tide ${pushedTo(trackedBranch, push.branch)}`;
    return;
  }
  if (push.options.detach) {
    yield `Delivering ${recorded.change.id} in the background; to see it:`;
    yield `  tidegate change watch ${recorded.change.id}`;
    return;
  }
  yield* tell(
    recorded.change,
    { after: recorded.after, wait: push.options.wait },
    { ports, signal },
  );
}

/** What an author reads while a push is open: every entry's words, and of the output what is news. */
async function* tell(
  change: Change,
  { after, wait }: { readonly after: number; readonly wait: boolean },
  { ports, signal }: { readonly ports: DeliveryPorts; readonly signal: AbortSignal },
): AsyncIterable<string> {
  const output = toldLines();
  for await (const event of story({ change: change.id, after }, ports, signal)) {
    if (event.kind === "log") {
      yield* output.line(event);
      continue;
    }
    yield* output.over();
    yield* output.news(event.lines);
    if (mayPushEnd(event.entry, wait ? "wait" : "default")) {
      yield* renderPushEnd(event.entry, change, await askedFor(event.entry, ports));
      return;
    }
  }
}

/** What a person has to say before the rollout that the entry tells of is over. */
async function askedFor(
  entry: JournalEntry,
  { store }: DeliveryPorts,
): Promise<AskedFor | undefined> {
  const id = "rollout" in entry.data ? parseId("rol", entry.data.rollout) : undefined;
  const rollout = id?.ok === true ? await store.get("rollout", id.value) : undefined;
  const ahead = rollout && approvalAhead(rollout.body);
  if (rollout === undefined || ahead === undefined) return undefined;
  const isPromoted = ahead.command.includes(" promote ");
  const roles = rolesThatMay(rolloutPermissions[isPromoted ? "promote" : "approve"]);
  const whom = `an ${roles.slice(0, -1).join(", ")} or ${roles.at(-1) ?? ""} of ${rollout.body.app}`;
  return { ...ahead, whom };
}

/**
 * Git has moved the branch already, so the push is written down also when the database takes a moment to
 * come back. After that the author is told, and the next look at the branches takes it up.
 */
async function patiently<T>(
  { ports, signal }: { readonly ports: DeliveryPorts; readonly signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  const { clock, log } = ports;
  const until = clock.now() + recordTimeoutMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || clock.now() >= until) throw error;
      log.warn("push.not_recorded_yet", { error });
      await clock.sleep(listenAgainMs, signal);
    }
  }
}
