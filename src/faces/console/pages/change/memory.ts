/** What sort of counts a guardrail has. Pure. */
import type { GuardrailResource } from "#faces/api/contract";

/** Saturation is a size, not a count: bytes of memory among the bytes that an instance may have. */
export function isOfMemory({ name, unit }: Pick<GuardrailResource, "name" | "unit">): boolean {
  return name === "saturation" && unit === "instances";
}
