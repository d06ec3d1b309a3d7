/**
 * Asks for what a page shows as soon as its address is known, while its code is on the way: one question does not
 * wait for the other, and the page finds the answers or waits for the same ones. What is fresh is not asked anew.
 */
import type { FetchQueryOptions } from "@tanstack/react-query";
import { queryClient } from "./query-client.ts";

/** A refusal is told by the page, which gets the same one. */
// oxlint-disable-next-line typescript/no-explicit-any -- questions of any answer
export function askAhead(questions: readonly FetchQueryOptions<any, any, any, any>[]): void {
  for (const question of questions) void queryClient.prefetchQuery(question);
}
