/**
 * One push, from git's first word to the end of its stream.
 *
 * States: receiving (git takes the pack into quarantine; a client that leaves undoes it), judging (the
 * pre-receive hook waits for our verdict), accepted (refs move; from here on the delivery happens
 * whoever leaves), streaming (the post-receive hook shows the delivery's lines), over.
 */
import { open, readFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { some } from "#std";
import type { AppName, By, Clock, Log, ObjectId } from "#domain";
import {
  judgePush,
  judgeRefs,
  renderRefusals,
  renderWarnings,
  type PushVerdict,
} from "../checks.ts";
import type { HookMessage } from "../hook-message.ts";
import { type CheckLimits, recordMsMax, streamMsMax } from "../limits.ts";
import { parsePushOptions, type Push, type RefUpdate } from "../push.ts";
import { createPushChannel, type PushChannel } from "./push-channel.ts";
import { gatherFacts } from "./push-facts.ts";
import type { GitRepositories } from "./repositories.ts";
import type { RunningGit } from "./running-git.ts";
import type { SecretScanner } from "./secrets.ts";

export interface ReceiveContext {
  readonly app: AppName;
  readonly actor: string;
  readonly by?: By;
  /** The bare repository. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: CheckLimits;
  readonly scanner: SecretScanner;
  readonly repositories: GitRepositories;
  readonly clock: Clock;
  readonly log: Log;
  readonly onPush: (push: Push) => AsyncIterable<string>;
  /** The refs have moved: from here on git is left alone. */
  readonly onMoved: () => void;
  /** The root has recorded the push: the next one may begin, and comes after it in every journal. */
  readonly onRecorded: () => void;
  /** Aborts when the host is disposed: streams end, deliveries go on. */
  readonly signal: AbortSignal;
}

/** Leads a running receive-pack through its states; resolves when all is over. */
export async function receivePush(context: ReceiveContext, git: RunningGit): Promise<void> {
  const channel = createPushChannel(git.channel);
  const progress: Progress = { isTold: false };
  for await (const message of channel.messages()) {
    if (message.ok) await proceed(context, channel, { progress, message: message.value });
    else {
      await channel.say(`refused: expected ${message.error.expected}`);
      channel.decide("refuse");
    }
  }
  await git.ended;
  const { accepted, isTold } = progress;
  if (accepted === undefined || isTold) return;
  // Git died between moving the refs and telling us: the push counts if its refs did move.
  const updates = await movedUpdates(context, accepted.updates);
  if (updates.length > 0) await deliver(context, channel, { ...accepted, updates });
}

interface Progress {
  accepted?: HookMessage;
  isTold: boolean;
}

async function proceed(
  context: ReceiveContext,
  channel: PushChannel,
  { progress, message }: { readonly progress: Progress; readonly message: HookMessage },
): Promise<void> {
  const { accepted } = progress;
  if (message.hook === "pre-receive") {
    const isAccepted = accepted === undefined && (await answer(context, channel, message));
    if (isAccepted) progress.accepted = message;
    channel.decide(isAccepted ? "accept" : "refuse");
  } else if (accepted !== undefined && !progress.isTold) {
    progress.isTold = true;
    await deliver(context, channel, { ...accepted, updates: message.updates });
    channel.end();
  }
}

async function answer(
  context: ReceiveContext,
  channel: PushChannel,
  message: HookMessage,
): Promise<boolean> {
  try {
    const verdict = await judge(context, message);
    const { refusals } = verdict;
    const { warnings } = parsePushOptions(message.options);
    const lines = [
      ...renderRefusals(refusals),
      ...renderWarnings([...warnings, ...verdict.warnings]),
    ];
    for (const line of lines) await channel.say(line);
    const codes = [...new Set(refusals.map(({ code }) => code))];
    if (codes.length > 0) context.log.info("source.push_refused", { app: context.app, codes });
    return refusals.length === 0;
  } catch (cause) {
    context.log.error("source.check_failed", { app: context.app, cause: String(cause) });
    await channel.say("refused: Tidegate could not check this push; nothing has changed.");
    await channel.say("  next      push again; if it happens again, the server's log says why");
    return false;
  }
}

async function judge(context: ReceiveContext, message: HookMessage): Promise<PushVerdict> {
  const { limits } = context;
  const head = await readFile(join(context.directory, "HEAD"), "utf8");
  const names = judgeRefs(message.updates, head.replace(/^ref: /, "").trim());
  if (names.refusals.length > 0) return names;
  const env = quarantineEnv(context, message.quarantine);
  const { repositories, scanner } = context;
  const source = { env, limits, scanner, listed: (tree: ObjectId) => repositories.listed(tree) };
  const gathering = gatherFacts(source, message.updates);
  measureDiff(repositories, env, message.updates);
  const { facts, trees } = await gathering;
  const verdict = judgePush(facts, parsePushOptions(message.options).options, limits);
  if (verdict.refusals.length > 0) return verdict;
  for (const { tree, entries } of trees) repositories.remember(tree, entries);
  return verdict;
}

/**
 * Beside the checks, not after them: the change that this push becomes says how large it is. Of one branch
 * that moves; who pushes many, or a new one, waits for it when it is recorded.
 */
function measureDiff(
  repositories: GitRepositories,
  env: Readonly<Record<string, string>>,
  updates: readonly RefUpdate[],
): void {
  const [update, ...others] = updates;
  if (update?.before === undefined || update.after === undefined || others.length > 0) return;
  if (update.ref.startsWith("refs/heads/")) {
    repositories.measureDiff(env, update.before, update.after);
  }
}

/** Lets our checks see what git has not yet taken in. */
function quarantineEnv(
  context: ReceiveContext,
  quarantine: string | undefined,
): Readonly<Record<string, string>> {
  if (quarantine === undefined) return context.env;
  const objects = join(context.directory, "objects");
  const directory = resolve(context.directory, quarantine);
  if (!directory.startsWith(objects + sep)) throw new Error("a quarantine outside the repository");
  return {
    ...context.env,
    GIT_OBJECT_DIRECTORY: directory,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
  };
}

/** Tells the root about each branch that moved, and shows what it says until it ends. */
async function deliver(
  context: ReceiveContext,
  channel: PushChannel,
  message: HookMessage,
): Promise<void> {
  context.onMoved();
  const pushes = message.updates.flatMap((update) => pushOf(context, message, update) ?? []);
  await persistRefs(context, pushes);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(streamMsMax)]);
  let unrecorded = pushes.length;
  const onFirst = (): void => {
    unrecorded -= 1;
    if (unrecorded === 0) context.onRecorded();
  };
  // A root that says nothing for long does not keep the next push out.
  const late = setTimeout(context.onRecorded, recordMsMax).unref();
  const streams = pushes.map((push) => context.onPush(push));
  await Promise.all(streams.map((stream) => show(context, stream, { channel, signal, onFirst })));
  clearTimeout(late);
}

function pushOf(
  context: ReceiveContext,
  message: HookMessage,
  { ref, before, after }: RefUpdate,
): Push | undefined {
  if (!ref.startsWith("refs/heads/") || after === undefined) return undefined;
  return {
    app: context.app,
    branch: ref.slice("refs/heads/".length),
    ...(before === undefined ? {} : { before }),
    after,
    options: parsePushOptions(message.options).options,
    pushedBy: context.actor,
    ...some("by", context.by),
    receivedAt: context.clock.now(),
  };
}

/** Git has synced files and not their directories: one sync of those makes the renames last. */
async function persistRefs(context: ReceiveContext, pushes: readonly Push[]): Promise<void> {
  const refs = pushes.map(({ branch }) => dirname(join("refs/heads", branch)));
  for (const path of new Set(["objects", ...refs])) {
    await using directory = await open(join(context.directory, path), "r");
    await directory.sync();
  }
}

interface Showing {
  readonly channel: PushChannel;
  readonly signal: AbortSignal;
  /** The root has answered for the first time. */
  readonly onFirst: () => void;
}

async function show(
  context: ReceiveContext,
  stream: AsyncIterable<string>,
  to: Showing,
): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]();
  const stopped = new Promise<undefined>((stop) => {
    to.signal.addEventListener("abort", () => stop(undefined), { once: true });
  });
  let isFirst = true;
  const answered = (): void => {
    if (isFirst) to.onFirst();
    isFirst = false;
  };
  try {
    while (!to.signal.aborted) {
      // Read to its end even when nobody listens any more: the root may depend on being asked.
      const next = await Promise.race([iterator.next(), stopped]);
      if (next === undefined) break;
      answered();
      if (next.done === true) return;
      await to.channel.say(next.value);
    }
    void iterator.return?.();
    await to.channel.say("The stream ends here; the delivery goes on. next: tidegate change list");
  } catch (cause) {
    context.log.error("source.delivery_stream_failed", { app: context.app, cause: String(cause) });
    await to.channel.say("The stream broke off; the push is safe. next: tidegate change list");
  }
}

async function movedUpdates(
  context: ReceiveContext,
  updates: readonly RefUpdate[],
): Promise<readonly RefUpdate[]> {
  const moved: RefUpdate[] = [];
  for (const update of updates) {
    const head = await context.repositories.head(context.app, branchOf(update.ref));
    if (head !== undefined && head === update.after) moved.push(update);
  }
  return moved;
}

function branchOf(ref: string): string {
  return ref.replace(/^refs\/heads\//, "");
}
