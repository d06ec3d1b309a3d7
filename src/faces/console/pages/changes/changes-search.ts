/** What a link to the list of changes can say. Pure. */
import type { ChangeSummaryResource } from "#faces/api/contract";
import { changeStates } from "../../ui/state.ts";

export interface ChangesSearch {
  readonly app?: string;
  readonly state?: ChangeSummaryResource["state"];
  readonly search?: string;
}

/** Reads an address; what makes no sense is left out, as if it had not been written. */
export function changesSearch(given: Record<string, unknown>): ChangesSearch {
  const { app, state, search } = given;
  return {
    ...(isText(app) ? { app } : {}),
    ...(isState(state) ? { state } : {}),
    ...(isText(search) ? { search } : {}),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 100;
}

function isState(value: unknown): value is ChangeSummaryResource["state"] {
  return typeof value === "string" && Object.hasOwn(changeStates, value);
}
