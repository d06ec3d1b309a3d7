/** What a link to the overview can say. Pure. */
const shows = ["under_way", "held", "failed", "empty"] as const;

export interface OverviewSearch {
  readonly search?: string;
  readonly show?: (typeof shows)[number];
}

export function overviewSearch({ search, show }: Record<string, unknown>): OverviewSearch {
  const known = shows.find((one) => one === show);
  return {
    ...(typeof search === "string" && search !== "" ? { search: search.slice(0, 100) } : {}),
    ...(known === undefined ? {} : { show: known }),
  };
}
