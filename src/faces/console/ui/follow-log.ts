/** The stream of a log's lines: which were told last, and whether the log was begun anew. */
import type { LogWindowResource } from "#faces/api/contract";
import type { Refusal } from "../api/why-refused.ts";
import { followSeen } from "../live/follow-seen.ts";
import { isCountedAnew } from "./log-window.ts";

export interface FollowLogOptions {
  /** The lines that are known. */
  readonly after: number;
  /** Where the lines after this one are told. */
  readonly address: (after: number) => string;
  readonly onLines: (told: LogWindowResource) => void;
  /** Its beginning was thrown away: what is known stands at other numbers now. Nothing is told after that. */
  readonly onAnew: () => void;
  /** The server refuses to tell, and is asked again where that is of use; absent: it no longer does. */
  readonly onRefused?: (refusal: Refusal | undefined) => void;
}

/** Follows until the log ends, or the function that it gives is called. */
export function followLog({
  after,
  address,
  onLines,
  onAnew,
  ...on
}: FollowLogOptions): () => void {
  let [total, last] = [after, after];
  const hear = ({ data }: MessageEvent<string>): void => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server sends what the contract says
    const told = JSON.parse(data) as LogWindowResource;
    if (isCountedAnew(told, total)) {
      leave();
      onAnew();
      return;
    }
    total = told.total;
    last = told.from + told.lines.length - 1;
    onLines(told);
  };
  const leave = followSeen({ address: () => address(last), listeners: { lines: hear }, ...on });
  return leave;
}
