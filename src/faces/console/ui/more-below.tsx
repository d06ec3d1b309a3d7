/** The end of a list that goes on: reaching it fetches more, and so does pressing it. */
import { useEffect, useRef } from "react";
import { Button } from "./button.tsx";

export interface MoreBelowProps {
  readonly isMore: boolean;
  /** How many are shown: the end is watched anew when it has moved. */
  readonly shown: number;
  /** Something of the list is being asked for; nothing further is until it has come. */
  readonly isBusy: boolean;
  /** The last time it could not be fetched: it is tried again when somebody presses. */
  readonly hasFailed: boolean;
  readonly onReach: () => void;
  readonly children: string;
}

/** So far before its end comes into sight that nobody waits. */
const ahead = "600px";

export function MoreBelow({ isMore, shown, isBusy, hasFailed, onReach, children }: MoreBelowProps) {
  const place = useRef<HTMLDivElement>(null);
  const reach = useRef(onReach);
  useEffect(() => {
    reach.current = onReach;
  });
  useEffect(() => {
    if (place.current === null || !isMore || shown === 0 || isBusy || hasFailed) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        // They come in the order of time: where it is now is in the last.
        if (entries.at(-1)?.isIntersecting === true) reach.current();
      },
      { rootMargin: ahead },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [isMore, shown, isBusy, hasFailed]);
  if (!isMore) return null;
  return (
    <div ref={place}>
      <Button onPress={onReach}>{children}</Button>
    </div>
  );
}
