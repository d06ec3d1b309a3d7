/**
 * A stream that comes to an end, as long as somebody looks: a hidden page lets go of it, since browsers allow six
 * connections to one address over all windows, and asks again when it is looked at.
 */

export interface FollowSeenOptions {
  /** Where what has not been told yet is told; asked for each time. */
  readonly address: () => string;
  /** By the names of events. */
  readonly listeners: Readonly<Record<string, (message: MessageEvent<string>) => void>>;
  readonly onEnd?: () => void;
}

/** Follows until the stream ends, or the function that it gives is called. */
export function followSeen({ address, listeners, onEnd }: FollowSeenOptions): () => void {
  let source: EventSource | undefined;
  const close = () => {
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
  const open = () => {
    const opened = new EventSource(address());
    source = opened;
    for (const [name, listener] of Object.entries(listeners)) {
      opened.addEventListener(name, listener);
    }
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
