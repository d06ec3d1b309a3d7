/** What sort of counts a guardrail has. Pure. */

/** Saturation is a size, not a count: bytes of memory among the bytes that an instance may have. */
export function isOfMemory({
  name,
  unit,
}: {
  readonly name: string;
  readonly unit: string;
}): boolean {
  return name === "saturation" && unit === "instances";
}
