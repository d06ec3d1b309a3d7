/** What people look for by the name of a deed, and where it is done. `also`: other words for it. */
import type { Permission } from "#domain";

interface CommandWords {
  readonly label: string;
  readonly also: string;
}

interface PlatformCommand extends CommandWords {
  readonly href: string;
  /** Absent: everybody may, for themselves. */
  readonly takes?: Permission;
}

export const platformCommands: readonly PlatformCommand[] = [
  {
    label: "Invite somebody",
    also: "invitation add user people member let in sign up",
    href: "/platform?view=people#invite",
    takes: "people.write",
  },
  {
    label: "Change somebody's roles",
    also: "grant revoke permission rights access users teams admin people",
    href: "/platform?view=people",
    takes: "people.write",
  },
  {
    label: "Make a token",
    also: "key credential tokens machine login",
    href: "/platform?view=tokens",
  },
  {
    label: "See who did what",
    also: "audit log history journal",
    href: "/platform?view=audit",
    takes: "audit.read",
  },
  {
    label: "See the machine and what it keeps",
    also: "storage disk memory status doctor",
    href: "/platform?view=machine",
    takes: "platform.read",
  },
  {
    label: "Add an SSH key or a passkey",
    also: "password sign in security sessions",
    href: "/settings/security",
  },
];

export const appCommands: readonly (CommandWords & { readonly view: string })[] = [
  {
    label: "Go back to an earlier release",
    also: "rollback roll back revert undo previous releases version",
    view: "",
  },
  {
    label: "Change configuration",
    also: "config env environment variables secrets set",
    view: "?view=configuration",
  },
  { label: "Read logs", also: "log tail output print", view: "?view=logs" },
  {
    label: "Add a domain",
    also: "domains host certificate tls dns address",
    view: "?view=domains",
  },
];
