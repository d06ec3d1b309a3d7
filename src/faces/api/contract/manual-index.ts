/** What the manual's search looks through, as the server makes it and a page of the manual gets it. */
export interface ManualIndex {
  readonly pages: readonly ManualIndexPage[];
  /** In reading order: the pages of the navigation first, as they stand there. */
  readonly sections: readonly ManualIndexSection[];
}

export interface ManualIndexPage {
  /** "/docs/how-to/roll-back". */
  readonly address: string;
  readonly title: string;
  /** "How-to guides", "Decisions". */
  readonly part: string;
  /** Other words that one looks for it by; absent: it is found by its own. */
  readonly also?: string;
}

/** What stands below one heading, up to the next. */
export interface ManualIndexSection {
  /** Its place in `pages`. */
  readonly page: number;
  /** The fragment that leads there; empty for what stands below the page's title. */
  readonly id: string;
  /** Empty for what stands below the page's title. */
  readonly heading: string;
  readonly text: string;
}
