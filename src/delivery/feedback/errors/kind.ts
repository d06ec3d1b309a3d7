/** What makes two errors the same kind, though their numbers, ids and lines of code differ. Pure. */
import { sha256Hex } from "#std";
import { clean } from "../lines.ts";
import { messageCharsMax, titleCharsMax } from "./limits.ts";
import type { LoggedError } from "./logged-error.ts";

export interface Kind {
  readonly fingerprint: string;
  readonly title: string;
  readonly where?: string;
}

/**
 * By type, message and the function in the app's own code. Not by the line: a change moves what it does
 * not touch, and an old error must not look new.
 */
export function kindOf({ type, message, at }: LoggedError): Kind {
  const said = normalised(message);
  const title = [type && clean(type), said]
    .filter((part) => part !== undefined && part !== "")
    .join(": ");
  const place = at === undefined ? "" : `${at.file} ${at.in ?? ""}`;
  const fingerprint = sha256Hex(JSON.stringify([type ?? "", said, place])).slice(0, 12);
  const where = at === undefined || at.line === 0 ? undefined : `${at.file}:${at.line}`;
  return {
    fingerprint,
    title: cut(title === "" ? "an error without a message" : title),
    ...(where === undefined ? {} : { where: cut(clean(where)) }),
  };
}

/** The message with a placeholder for what differs from time to time, or may be somebody's. */
export function normalised(message: string): string {
  return cut(
    clean(message.slice(0, messageCharsMax))
      .replaceAll(/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>)]+/gi, "<url>")
      .replaceAll(/(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+/g, "<email>")
      .replaceAll(
        /\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g,
        "<time>",
      )
      .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, "<id>")
      .replaceAll(/\b0x[0-9a-f]+\b/gi, "<hex>")
      .replaceAll(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "<address>")
      .replaceAll(/(^|[\s"'(=:`])\/[\w.@%+~-]+(?:\/[\w.@%+~-]+)+/g, "$1<path>")
      // Letters and digits mixed, as in ids, hashes and tokens; looked for once in each run of such characters.
      .replaceAll(/\b(?<!\w-*)(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{10,}\b/g, "<id>")
      .replaceAll(/\d+(?:[.,]\d+)*/g, "<n>")
      .replaceAll(/\s+/g, " ")
      .trim(),
  );
}

/** The pattern of a request's path: parts that name one thing become `:id`. */
export function routePattern(path: string): string {
  const parts = (path.split("?")[0] ?? "").split("/");
  return cut(clean(parts.map((part) => (isId(part) ? ":id" : part)).join("/")));
}

function isId(part: string): boolean {
  if (/^\d+$/.test(part) || part.includes("@")) return true;
  return part.length >= 8 && /\d/.test(part) && /^[\w.~%-]+$/.test(part) && !/^v\d/.test(part);
}

function cut(text: string): string {
  return text.length > titleCharsMax ? `${text.slice(0, titleCharsMax - 1)}…` : text;
}
