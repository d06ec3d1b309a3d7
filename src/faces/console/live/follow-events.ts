/**
 * The stream of everything, as long as somebody looks: it resumes after the last event it saw, however
 * often it breaks, so that nothing is lost and nothing comes twice. A hidden page lets go of it, since
 * browsers allow six connections to one address over all windows.
 */
import type { StreamEventResource } from "#faces/api/contract";

/** An entry as it is told: without its place in the chain, and without data that is too long. */
export type EventOfStream = Extract<StreamEventResource, { readonly type: string }>;

export type LiveStatus =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "lost"; readonly since: number }
  | { readonly kind: "offline"; readonly since: number };

export interface FollowOptions {
  readonly onEvent: (event: EventOfStream) => void;
  readonly onStatus: (status: LiveStatus) => void;
}

const address = "/api/v1/events";
const retryFirstMs = 500;
const retryMostMs = 10_000;

/** Follows until the function that it gives is called. */
export function followEvents({ onEvent, onStatus }: FollowOptions): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let lastSeq: number | undefined;
  let failures = 0;
  let lostSince: number | undefined;

  const close = () => {
    clearTimeout(retry);
    source?.close();
    source = undefined;
  };
  const lose = () => {
    close();
    lostSince ??= Date.now();
    onStatus({ kind: navigator.onLine ? "lost" : "offline", since: lostSince });
    retry = setTimeout(open, Math.min(retryMostMs, retryFirstMs * 2 ** failures));
    failures += 1;
  };
  const open = () => {
    close();
    if (document.visibilityState === "hidden") return;
    source = new EventSource(lastSeq === undefined ? address : `${address}?after=${lastSeq}`);
    source.addEventListener("open", () => {
      failures = 0;
      lostSince = undefined;
      onStatus({ kind: "live" });
    });
    source.addEventListener("place", ({ data }: MessageEvent<string>) => {
      const { seq } = parse(data);
      lastSeq = seq;
    });
    source.addEventListener("entry", ({ data }: MessageEvent<string>) => {
      const event = parse(data);
      if (lastSeq !== undefined && event.seq <= lastSeq) return;
      lastSeq = event.seq;
      onEvent(event);
    });
    // Somebody whose rights may change is let go now and then, to be looked at anew: that is no loss.
    source.addEventListener("end", open);
    source.addEventListener("error", lose);
  };
  const look = () => {
    if (document.visibilityState === "hidden") close();
    else if (source === undefined) open();
  };
  const atOnce = () => {
    failures = 0;
    open();
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("online", atOnce);
  addEventListener("offline", lose);
  open();
  return () => {
    close();
    document.removeEventListener("visibilitychange", look);
    removeEventListener("online", atOnce);
    removeEventListener("offline", lose);
  };
}

function parse(data: string): EventOfStream {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server sends what the contract says
  return JSON.parse(data) as EventOfStream;
}
