import { sentence } from "./state-sentence.ts";

/** Why a rule of the gate holds, or not: the rule as code, in its own case, and in words what it was held against. */
export function RuleReason({ rule, because }: { readonly rule: string; readonly because: string }) {
  // A rule that could not be asked has a reason in words alone.
  if (!because.startsWith(rule)) return <p>{sentence(because)}</p>;
  return (
    <p>
      <code dir="ltr">{rule}</code>
      <span dir="auto">{because.slice(rule.length)}.</span>
    </p>
  );
}
