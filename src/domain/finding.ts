/** What `doctor` reports: one thing that matters, how it is, and how to improve it. */
export interface Finding {
  readonly name: string;
  readonly state: "good" | "fair" | "bad";
  readonly found: string;
  /** How to improve it; absent when good. */
  readonly next?: string;
}
