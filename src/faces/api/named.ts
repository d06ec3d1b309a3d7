/** What a path names, as the domain names it. */
import { err, type Result } from "#std";
import { type AppName, parseAppName } from "#domain";
import type { ApiError } from "./problems.ts";

/** A name that no app can have names no app. */
export async function withApp<T>(
  name: string,
  ask: (app: AppName) => Promise<Result<T, ApiError>>,
): Promise<Result<T, ApiError>> {
  const app = parseAppName(name);
  return app.ok ? ask(app.value) : err({ code: "not_found", what: "app", name });
}

export function mapped<A, B, E>(result: Result<A, E>, map: (value: A) => B): Result<B, E> {
  return result.ok ? { ok: true, value: map(result.value) } : result;
}
