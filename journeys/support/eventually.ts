/**
 * Waiting, in one place. What tells of itself is waited for by its event; what does not (a process that
 * ends, a file of somebody else) is looked at until it is so. Both have a deadline that names the claim.
 */
const lookEveryMs = { first: 20, later: 100 };
/** What takes long is looked at less often: most looks ask the platform, which has better things to do. */
const laterAfterMs = 1_000;

/** Gives what `look` finds first; throws `claim` when it has found nothing within the deadline. */
export async function eventually<T>(
  claim: string,
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = 20_000,
): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs > withinMs) throw new Error(`not within ${withinMs} ms: ${claim}`);
    await new Promise((resolve) => {
      setTimeout(resolve, elapsedMs < laterAfterMs ? lookEveryMs.first : lookEveryMs.later);
    });
  }
}

/** `eventually` for a condition. */
export async function eventuallyTrue(
  claim: string,
  look: () => Promise<boolean> | boolean,
  withinMs = 20_000,
): Promise<void> {
  await eventually(claim, async () => ((await look()) ? true : undefined), withinMs);
}

/** Gives what `promise` gives, unless the deadline is first. */
export async function within<T>(claim: string, promise: Promise<T>, ms = 60_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${claim}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
