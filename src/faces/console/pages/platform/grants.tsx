import type { GrantResource } from "#faces/api/contract";
import { placeInWords } from "./places.ts";

interface GrantsProps {
  readonly grants: readonly GrantResource[];
  /** What stands there when there are none. */
  readonly none: string;
}

/** What somebody was given, each with where it holds. */
export function Grants({ grants, none }: GrantsProps) {
  if (grants.length === 0) return <span className="soft">{none}</span>;
  return (
    <span className="names">
      {grants.map(({ role, on }) => (
        <span key={`${role} ${on}`} className="chip">
          {role} on <bdi>{placeInWords(on)}</bdi>
        </span>
      ))}
    </span>
  );
}
