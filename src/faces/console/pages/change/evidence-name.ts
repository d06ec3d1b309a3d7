/** What a kind of statement is called. Pure; a kind that is not known keeps its own name. */
const names: readonly (readonly [RegExp, string])[] = [
  [/slsa.*provenance/i, "How it was built"],
  [/test-result/i, "What its tests said"],
  [/cyclonedx|spdx/i, "What is in it"],
  [/vsa|verification/i, "What the gate decided"],
  [/secret|scan|vuln/i, "What a scan found"],
];

export function evidenceName(predicateType: string): string {
  return names.find(([pattern]) => pattern.test(predicateType))?.[1] ?? "Statement";
}
