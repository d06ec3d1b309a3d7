import { Link } from "@tanstack/react-router";
import { leaveOut } from "#domain";
import type { ChangeResource } from "#faces/api/contract";
import { Command } from "../../ui/copy.tsx";
import { Notice } from "../../ui/notice.tsx";
import { When } from "../../ui/when.tsx";
import { short } from "../../ui/words.ts";

/** What was taken back from everybody before this was pushed, and comes back with it. */
export function Contained({ change: { contains = [] } }: { readonly change: ChangeResource }) {
  if (contains.length === 0) return null;
  return (
    <Notice tone="wait" title="It contains what was taken back">
      {contains.map(({ change, commit, subject, by, reason, at }) => (
        <p key={change}>
          <Link to="/changes/$change" params={{ change }}>
            <bdi>{subject}</bdi>
          </Link>{" "}
          <code>{short(commit)}</code>, which <bdi>{by}</bdi> took back
          {at === undefined ? "" : " "}
          {at === undefined ? null : <When at={at} />}
          {reason === "" ? "." : ": "}
          {reason === "" ? null : <bdi>{reason}</bdi>}
        </p>
      ))}
      <Command text={leaveOut(contains)} />
    </Notice>
  );
}
