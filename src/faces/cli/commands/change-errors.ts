/** `tidegate change errors`: what a change has brought that the release before does not have, one example each. */
import type { NewErrorResource, NewErrorsResource } from "#faces/api/contract";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import type { Paint } from "../render/paint.ts";
import { plain } from "../render/plain.ts";
import { ago, count, counted } from "../render/words.ts";
import type { Session } from "../session.ts";
import { idOf } from "./change.ts";

export async function listErrors(session: Session, named?: string): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const change = await idOf(session, client, named);
  const key = "GET /api/v1/changes/:change/errors";
  const errors = await client.call(key, { params: { change } });
  session.show(errors, (value) => renderErrors(value, terminal.now(), terminal.paint));
  const instance = errors.found?.errors.find(({ example }) => example.instance)?.example.instance;
  if (instance !== undefined) terminal.narrate(`next: tidegate logs --instance ${instance}`);
  return exitCodes.done;
}

function renderErrors({ found, isFinal }: NewErrorsResource, now: number, paint: Paint): string {
  if (found === undefined) {
    return isFinal
      ? "nothing of it was compared: it met no users, or its logs were gone"
      : "it has met no users yet";
  }
  const { errors, more, known, candidate, baseline } = found;
  const read = `read ${counted(candidate.lines, "line")} of it${cut(candidate)} and ${count(baseline.lines)} of the release before${cut(baseline)}`;
  const both = known === 0 ? "" : `; ${counted(known, "kind")} of error both have`;
  const head = errors.length === 0 ? "no error is new in this version" : "new in this version:";
  return [
    head,
    ...errors.map((error) => renderError(error, now, paint)),
    ...(more === 0 ? [] : [`and ${counted(more, "more kind")}`]),
    paint.dim(`${read}${both}`),
  ].join("\n");
}

function renderError(error: NewErrorResource, now: number, paint: Paint): string {
  const { title, where, count: times, firstAt, example, kind } = error;
  const often = `${times === 1 ? "once" : `${count(times)} times`}${kind === "request" ? " among those kept" : ""}`;
  const since = firstAt === undefined ? "" : `, first ${ago(firstAt, now)}`;
  const place =
    example.line === undefined ? "" : `, line ${example.line} of ${example.instance ?? "a log"}`;
  return [
    `  ${paint.bad(plain(title))}${where === undefined ? "" : `  ${plain(where)}`}`,
    `    ${often}${since}${place}`,
    ...answersOf(error).map((text) => `    ${plain(text)}`),
    ...example.text.map((line) => paint.dim(`    | ${plain(line)}`)),
  ].join("\n");
}

/** The same fault seen from outside. */
function answersOf({ answers = [] }: NewErrorResource): readonly string[] {
  return answers.map(
    ({ title, count: times }) =>
      `requests beside it: ${title}, ${times === 1 ? "once" : `${count(times)} times`} among those kept`,
  );
}

function cut({ isCut }: { readonly isCut: boolean }): string {
  return isCut ? " (the newest)" : "";
}
