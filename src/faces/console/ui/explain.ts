/** What went wrong, in words for the reader. Pure. */
import { Refused, Unreachable } from "../api/refused.ts";
import type { Tone } from "./state.ts";

export interface Explained {
  readonly title: string;
  readonly tone: Tone;
  readonly sentence: string;
  readonly next: string;
  readonly command?: string;
  /** The sign-in is too long ago: once one has signed in again, it works. */
  readonly isSignInTooOld?: boolean;
}

export function explain(error: unknown): Explained {
  if (error instanceof Unreachable) {
    return {
      title: "No connection",
      tone: "wait",
      sentence: "Tidegate does not answer at this address.",
      next: "Your apps are served by the edge, which needs no connection to here. This page comes back by itself.",
      command: "tidegate status",
    };
  }
  if (error instanceof Refused) return ofProblem(error.problem);
  return {
    title: "This page failed",
    tone: "bad",
    sentence: "The console met a fault of its own.",
    next: `Reload the page. If it comes again, please report it with these words: ${messageOf(error)}`,
  };
}

function ofProblem({ status, title, detail, next, code }: Refused["problem"]): Explained {
  if (status === 401 && code === "unauthenticated") {
    return {
      title: "Sign in",
      tone: "quiet",
      sentence: "You are not signed in, or your session has ended.",
      next: "Run this in the terminal where Tidegate was started; it opens the console signed in.",
      command: "tidegate open",
    };
  }
  if (code === "sign_in_again") {
    return { title, tone: "wait", sentence: detail, next, isSignInTooOld: true };
  }
  if (status === 403) return { title: "Not yours to see", tone: "wait", sentence: detail, next };
  if (status === 404) return { title: "Not found", tone: "quiet", sentence: detail, next };
  return { title, tone: status >= 500 ? "bad" : "wait", sentence: detail, next };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
