/** A step that did not happen as told: what was expected, and what was seen instead. */
export class StepFailed extends Error {
  readonly expected: string;
  readonly seen: string;

  constructor(expected: string, seen: string) {
    super(`expected ${expected}; saw ${seen}`);
    this.expected = expected;
    this.seen = seen;
  }
}

/** Goes on if `holds`, else ends the step. */
export function expect(holds: boolean, expected: string, seen: unknown): asserts holds {
  if (holds) return;
  throw new StepFailed(expected, typeof seen === "string" ? seen : JSON.stringify(seen));
}
