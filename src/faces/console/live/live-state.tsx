import { useMe } from "../shell/session.tsx";
import { useLive } from "./live.tsx";

const words = {
  connecting: { word: "Connecting", about: "The connection is being made" },
  live: { word: "Live", about: "What happens appears here as it happens" },
  lost: {
    word: "Reconnecting",
    about: "The connection is lost; what was missed will be made up for",
  },
  offline: { word: "Offline", about: "This device has no network" },
} as const;

/** Whether what is shown is what is. */
export function LiveState() {
  const { status } = useLive();
  const me = useMe();
  const { word, about } = words[status.kind];
  // A stranger hears nothing, and that is no fault of the connection.
  if (me === undefined) return null;
  const isLost = status.kind === "lost" || status.kind === "offline";
  return (
    <span
      className={`live ${isLost ? "live-lost" : `live-${status.kind}`}`}
      role="status"
      title={about}
    >
      <svg viewBox="0 0 20 12" aria-hidden="true">
        {isLost ? (
          <path d="M1 6h5M14 6h5M8.5 3l3 6M11.5 3l-3 6" />
        ) : (
          <path d="M1 7c3-6 6-6 9 0s6 6 9-1" />
        )}
      </svg>
      <span className="live-word">{word}</span>
    </span>
  );
}
