/** What a link to the list of changes can say. Pure. */
import type { ChangeSummaryResource } from "#faces/api/contract";
import { changeStates } from "../../ui/state.ts";

export interface ChangesSearch {
  readonly app?: string;
  /** How it stands now, as the list says it. */
  readonly standing?: ChangeSummaryResource["standing"];
  readonly search?: string;
}

/** Reads an address; what makes no sense is left out, as if it had not been written. */
export function changesSearch(given: Record<string, unknown>): ChangesSearch {
  const { app, standing, search } = given;
  return {
    ...(isText(app) ? { app } : {}),
    ...(isStanding(standing) ? { standing } : {}),
    ...(isText(search) ? { search } : {}),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 100;
}

function isStanding(value: unknown): value is ChangeSummaryResource["standing"] {
  return typeof value === "string" && Object.hasOwn(changeStates, value);
}
