/** What a link to the overview can say. Pure. */
export interface OverviewSearch {
  readonly search?: string;
}

export function overviewSearch({ search }: Record<string, unknown>): OverviewSearch {
  return typeof search === "string" && search !== "" ? { search: search.slice(0, 100) } : {};
}
