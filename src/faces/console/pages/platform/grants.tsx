import type { GrantResource } from "#faces/api/contract";
import { placeInWords } from "./places.ts";

/** What somebody was given, each with where it holds. */
export function Grants({ grants }: { readonly grants: readonly GrantResource[] }) {
  if (grants.length === 0) return <span className="soft">nothing by themselves</span>;
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
