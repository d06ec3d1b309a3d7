/** A command that asks the API for one change: done and shown, or, as a dry run, told and not done. */
import type { JsonRouteKey, RouteOutput } from "#faces/api/contract";
import type { Call } from "./client.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import type { Session } from "./session.ts";

export interface Action<K extends JsonRouteKey> {
  readonly key: K;
  readonly call: Call<K>;
  /** The end of the sentence "would …". */
  readonly effect: string;
  readonly render: (value: RouteOutput<K>) => string;
  /** What may be wanted next: the end of "next: …". */
  readonly next?: string;
}

export async function act<K extends JsonRouteKey>(
  session: Session,
  { key, call, effect, render, next }: Action<K>,
): Promise<ExitCode> {
  if (session.isDryRun) {
    const [method = "", pattern = ""] = key.split(" ");
    const params = new Map<string, string>(Object.entries(Object(call.params)));
    const path = pattern.replaceAll(/:(\w+)/g, (_, name: string) =>
      encodeURIComponent(params.get(name) ?? ""),
    );
    const body = call.body === undefined ? {} : { body: call.body };
    return session.showPreview({ effects: [effect], request: { method, path, ...body } });
  }
  const client = await session.client();
  session.show(await client.call(key, call), render);
  if (next !== undefined) session.terminal.narrate(`next: ${next}`);
  return exitCodes.done;
}
