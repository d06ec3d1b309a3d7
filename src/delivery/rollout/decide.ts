/** Decides the next move of a rollout. Pure: no clock, no I/O, no randomness. */

export type Decision =
  /** Nothing to do until more evidence or time has come. */
  | { readonly kind: "wait"; readonly because: string; readonly forecastMs?: number }
  /** Moves exposure; only ever up, while the rollout runs. */
  | { readonly kind: "expose"; readonly to: number; readonly because: string }
  | { readonly kind: "promote"; readonly because: string }
  | { readonly kind: "roll_back"; readonly because: string }
  /** Keeps exposure as it is and asks a person. */
  | { readonly kind: "hold"; readonly because: string; readonly next: string };
