/** Errors that a release's instances told of and the release before did not: what went wrong with a change. */
import type { InstanceId } from "./ids.ts";

/** One kind of error: those of the same type, message and place. */
export interface NewError {
  /** 12 hexadecimal digits: the same for the same kind, in any release. */
  readonly fingerprint: string;
  /** `log`: the app printed it. `request`: a request failed, and is one of those that were kept. */
  readonly kind: "log" | "request";
  /** "TypeError: x is not a function"; what differs from time to time is left out: `<n>`, `<id>`. */
  readonly title: string;
  /** Where in the app's own code: "server.js:12". */
  readonly where?: string;
  readonly count: number;
  /** Failed requests, among those kept, of the instances that printed it: "GET / gave 500". */
  readonly answers?: readonly { readonly title: string; readonly count: number }[];
  /** Of the first, where it is known. */
  readonly firstAt?: number;
  readonly example: {
    readonly instance?: InstanceId;
    /** In that instance's log, from 1. */
    readonly line?: number;
    readonly requestId?: string;
    /** As it was printed, without secrets that are known; at most a few lines. */
    readonly text: readonly string[];
  };
}

/** What was read of a release to compare. */
export interface ErrorsRead {
  readonly instances: number;
  readonly lines: number;
  /** Older lines, or further instances, were not read. */
  readonly isCut: boolean;
}

export interface NewErrors {
  /** Those of the log first, most frequent first. */
  readonly errors: readonly NewError[];
  /** Kinds beyond those. */
  readonly more: number;
  /** Kinds that both releases have: not new. */
  readonly known: number;
  readonly candidate: ErrorsRead;
  readonly baseline: ErrorsRead;
}
