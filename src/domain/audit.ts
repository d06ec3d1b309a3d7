/** What a journal entry by a person or a program says to an auditor: what was before, what is now, and why. */
import { some } from "#std";
import type { JournalEntry } from "./journal.ts";

export interface AuditFacts {
  /** The type in short: `user.changed`, `config.changed`, `rollout.commanded`. */
  readonly what: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  /** In the person's own words, where they were asked for them. */
  readonly why?: string;
}

/** Reads an entry's facts. Pure; every entry has some, those of other types as they are. */
export function auditFacts(entry: JournalEntry): AuditFacts {
  const what = entry.type.replace(/^dev\.(?:tidegate|cdevents)\./, "");
  return { what, ...changeOf(entry) };
}

// One arm per type whose data does not say by itself which is before and which after.
// oxlint-disable-next-line complexity
function changeOf({ type, data }: JournalEntry): Omit<AuditFacts, "what"> {
  switch (type) {
    case "dev.tidegate.user.changed":
    case "dev.tidegate.team.changed": {
      const { before, after, ...whom } = data;
      return { before: { ...whom, ...before }, after: { ...whom, ...after } };
    }
    case "dev.tidegate.passkey.renamed":
      return { before: { passkey: data.from }, after: { passkey: data.to } };
    case "dev.tidegate.provider.changed": {
      const { provider, before, after } = data;
      return {
        ...(before === undefined ? {} : { before: { provider, ...before } }),
        ...(after === undefined ? {} : { after: { provider, ...after } }),
      };
    }
    case "dev.tidegate.passkey.removed":
    case "dev.tidegate.invitation.revoked":
    case "dev.tidegate.session.ended":
      return { before: { ...data } };
    case "dev.tidegate.app.assigned":
      return beforeAndAfter("team", data);
    case "dev.tidegate.rollback.asked":
      return { ...beforeAndAfter("release", data), ...some("why", data.reason) };
    case "dev.tidegate.config.changed": {
      const { version, keysSet, keysUnset } = data;
      return { before: { version: version - 1 }, after: { version, keysSet, keysUnset } };
    }
    case "dev.tidegate.rollout.commanded": {
      const { reason, ...after } = data;
      return { after, ...(reason === "" ? {} : { why: reason }) };
    }
    case "dev.cdevents.change.merged": {
      const { change } = data;
      const { id, branch, commit, subject, previousCommit } = change;
      const before = previousCommit === undefined ? {} : { before: { commit: previousCommit } };
      return { ...before, after: { change: id, branch, commit, subject } };
    }
    case "dev.tidegate.user.created": {
      const { id, name, state, teams, grants } = data.user;
      return { after: { user: name, id, state, teams, grants } };
    }
    case "dev.tidegate.team.created":
      return { after: { team: data.team.name } };
    case "dev.cdevents.repository.deleted":
    case "dev.tidegate.team.deleted":
    case "dev.tidegate.token.revoked":
    case "dev.tidegate.sshkey.removed":
    case "dev.tidegate.domain.removed":
      return { before: { ...data } };
    default:
      return { after: { ...data } };
  }
}

function beforeAndAfter(
  key: string,
  { before, after }: { readonly before?: unknown; readonly after?: unknown },
): Pick<AuditFacts, "before" | "after"> {
  return {
    ...(before === undefined ? {} : { before: { [key]: before } }),
    ...(after === undefined ? {} : { after: { [key]: after } }),
  };
}
