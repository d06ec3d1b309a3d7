/**
 * The stream of everything, as long as somebody looks: it resumes after the last event it saw, however
 * often it breaks, so that nothing is lost and nothing comes twice. A hidden page lets go of it, since
 * browsers allow six connections to one address over all windows.
 */
import type { ChangeEventResource } from "#faces/api/contract";

export type EventOfStream = ChangeEventResource;

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
    source.addEventListener("entry", ({ data }: MessageEvent<string>) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server sends what the contract says
      const event = JSON.parse(data) as EventOfStream;
      // A server that was restored to an earlier day counts from there; else each number comes once.
      if (lastSeq !== undefined && event.entry.seq <= lastSeq) return;
      lastSeq = event.entry.seq;
      onEvent(event);
    });
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
