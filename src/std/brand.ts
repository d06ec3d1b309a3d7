/** A type that only its one mint can produce; two brands never mix though both are strings. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name };
