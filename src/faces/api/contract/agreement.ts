/**
 * Types that compare what a schema gives with what the domain says. JSON knows neither brands nor the
 * difference between an absent member and an undefined one, so both sides are compared as they travel.
 */

/** A type as it looks after a journey through JSON. */
export type Wire<T> = T extends { readonly __brand: string }
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Wire<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: Wire<Exclude<T[K], undefined>> }
      : T;

/** `true` when both types look the same on the wire; anything else shows both. */
export type Agree<Schema, Domain> =
  Same<Wire<Schema>, Wire<Domain>> extends true
    ? true
    : { readonly schema: Wire<Schema>; readonly domain: Wire<Domain> };

// Mutual assignability would let an optional member go missing; two deferred conditional types are
// the same only if what they compare with is.
/* oxlint-disable typescript/no-unnecessary-type-parameters -- the deferral needs the parameter */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/* oxlint-enable typescript/no-unnecessary-type-parameters */

/** Does not compile unless every comparison in the list came out as `true`. */
export type AllAgree<Comparisons extends readonly true[]> = Comparisons;
