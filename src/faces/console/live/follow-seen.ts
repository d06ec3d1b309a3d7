/**
 * A stream that comes to an end, as long as somebody looks: a hidden page lets go of it, since browsers allow six
 * connections to one address over all windows, and asks again when it is looked at.
 */
import { type Refusal, whyRefused } from "../api/why-refused.ts";

export interface FollowSeenOptions {
  /** Where what has not been told yet is told; asked for each time. */
  readonly address: () => string;
  /** By the names of events. */
  readonly listeners: Readonly<Record<string, (message: MessageEvent<string>) => void>>;
  readonly onEnd?: () => void;
  /** The server refuses the stream, and is asked again where that is of use; absent: it no longer does. */
  readonly onRefused?: (refusal: Refusal | undefined) => void;
}

const retryFirstMs = 1_000;
const retryMostMs = 30_000;

/** Follows until the stream ends, or the function that it gives is called. */
export function followSeen({
  address,
  listeners,
  onEnd,
  onRefused,
}: FollowSeenOptions): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;
  let failures = 0;
  const close = () => {
    clearTimeout(retry);
    asking?.abort();
    source?.close();
    source = undefined;
  };
  const look = () => {
    if (document.visibilityState === "hidden") close();
    else if (source === undefined) open();
  };
  const leave = () => {
    document.removeEventListener("visibilitychange", look);
    close();
  };
  const refused = async () => {
    close();
    const asked = new AbortController();
    asking = asked;
    const refusal = await whyRefused(address(), asked.signal);
    // Nobody looks any more, or it was opened again.
    if (asked.signal.aborted) return;
    onRefused?.(refusal);
    if (refusal.isFinal) {
      leave();
      return;
    }
    retry = setTimeout(look, Math.min(retryMostMs, retryFirstMs * 2 ** failures));
    failures += 1;
  };
  const open = () => {
    const opened = new EventSource(address());
    source = opened;
    for (const [name, listener] of Object.entries(listeners)) {
      opened.addEventListener(name, listener);
    }
    opened.addEventListener("open", () => {
      if (failures > 0) onRefused?.(undefined);
      failures = 0;
    });
    // What breaks off the browser asks for again by itself. What is refused, as when too many are open, it gives up.
    opened.addEventListener("error", () => {
      if (opened.readyState === EventSource.CLOSED) void refused();
    });
    // The browser would come back to a stream that has come to its end.
    opened.addEventListener("end", () => {
      leave();
      onEnd?.();
    });
  };
  document.addEventListener("visibilitychange", look);
  look();
  return leave;
}
