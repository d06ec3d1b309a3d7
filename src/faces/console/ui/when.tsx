/** Times: relative for reading, absolute on hover and for machines. */
import { useSyncExternalStore } from "react";
import { ago, instant } from "./words.ts";

const tickMs = 1_000;
/** Clocks of two machines differ a little; what is later than this is still to come. */
const futureMs = 60_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for the page, which stands still while nobody looks. */
function listen(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    if (document.visibilityState === "hidden") return;
    now = Date.now();
    for (const told of listeners) told();
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time now, to the second; what uses it is drawn again each second, so keep that small. */
export function useNow(): number {
  return useSyncExternalStore(listen, () => now);
}

export function When({ at }: { readonly at: number }) {
  // The words change once a minute at most, and only then is this drawn again.
  const words = useSyncExternalStore(listen, () =>
    at > now + futureMs ? instant(at) : ago(at, Math.max(now, at)),
  );
  return (
    <time dateTime={new Date(at).toISOString()} title={instant(at)}>
      {words}
    </time>
  );
}
