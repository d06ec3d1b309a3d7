/** A push as the rest of the delivery sees it, and the options a person gave with it. */
import type { AppName, By, ObjectId } from "#domain";
import { plainLine } from "./plain-line.ts";

export interface PushOptions {
  /** `-o wait`: stream until the final verdict, not only until the first users. */
  readonly wait: boolean;
  /** `-o detach`: end the stream at once. */
  readonly detach: boolean;
  /** `-o allow-secrets="reason"`: why what looks like a secret may go in. */
  readonly allowSecrets?: string;
}

/** One accepted update of a branch. */
export interface Push {
  readonly app: AppName;
  readonly branch: string;
  /** Absent when the branch is new. */
  readonly before?: ObjectId;
  readonly after: ObjectId;
  readonly options: PushOptions;
  readonly pushedBy: string;
  /** The same for the journal, with their credential and address; absent for what acts on its own. */
  readonly by?: By;
  readonly receivedAt: number;
}

/** A ref as a push wants to move it; absent means that it does not exist before, or after. */
export interface RefUpdate {
  readonly ref: string;
  readonly before?: ObjectId;
  readonly after?: ObjectId;
}

/** Reads push options; what is not understood becomes a warning and is otherwise ignored. */
export function parsePushOptions(raw: readonly string[]): {
  readonly options: PushOptions;
  readonly warnings: readonly string[];
} {
  const warnings: string[] = [];
  let options: PushOptions = { wait: false, detach: false };
  for (const text of raw) {
    const [name, value] = splitOnce(text, "=");
    if ((name === "wait" || name === "detach") && value === undefined) {
      options = { ...options, [name]: true };
    } else if (name === "allow-secrets" && (value ?? "").trim() !== "") {
      options = { ...options, allowSecrets: plainLine((value ?? "").trim()) };
    } else if (name === "allow-secrets") {
      warnings.push('-o allow-secrets needs a reason: -o allow-secrets="why this is no secret"');
    } else {
      warnings.push(`unknown push option "${plainLine(text)}"; known: wait, detach, allow-secrets`);
    }
  }
  if (options.wait && options.detach) {
    warnings.push("both -o wait and -o detach were given: detach wins");
    options = { ...options, wait: false };
  }
  return { options, warnings };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
