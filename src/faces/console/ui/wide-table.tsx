/** A table that may be wider than the page: it scrolls by itself, and the keyboard reaches it. */
import type { ReactNode } from "react";

interface WideTableProps {
  readonly label: string;
  readonly columns: readonly string[];
  readonly children: ReactNode;
}

export function WideTable({ label, columns, children }: WideTableProps) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must take the keyboard
    <div className="table-scroll" tabIndex={0} role="region" aria-label={`Table: ${label}`}>
      <table className="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
