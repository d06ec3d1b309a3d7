/** Moments that every graph shows: a change met users, a step began, somebody decided. */
export interface Marked {
  readonly at: number;
  readonly label: string;
}
