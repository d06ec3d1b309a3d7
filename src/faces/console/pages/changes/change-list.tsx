import "./change-list.css";
import { Link } from "@tanstack/react-router";
import type { ChangeSummaryResource } from "#faces/api/contract";
import { changeStates } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { When } from "../../ui/when.tsx";
import { short } from "../../ui/words.ts";

interface ChangeListProps {
  readonly changes: readonly ChangeSummaryResource[];
}

/** Rows that are out of sight are not laid out: ten thousand of them scroll like fifty. */
export function ChangeList({ changes }: ChangeListProps) {
  return (
    <ul className="change-list">
      {changes.map((change) => (
        <li key={change.id} className="change-row">
          <StateWord state={changeStates[change.standing]} />
          <Link to="/changes/$change" params={{ change: change.id }} className="change-subject">
            <bdi>{change.subject}</bdi>
          </Link>
          <span className="soft small change-about">
            <bdi>{change.app}</bdi>
            <code>{short(change.commit)}</code>
            <bdi>{change.author.name}</bdi>
            <When at={change.receivedAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}
