/** What the journal says of users and teams adds up to what they are. Pure. */
import type { JournalEntry, NewEntry } from "./journal.ts";
import type { Team, User } from "./people.ts";

type Entry = NewEntry | JournalEntry;

/** A user after an entry about them; the same as before for every other entry. */
export function foldUser(user: User | undefined, entry: Entry): User | undefined {
  if (entry.type === "dev.tidegate.user.created") return entry.data.user;
  const isAboutThem = entry.type === "dev.tidegate.user.changed" && entry.data.id === user?.id;
  return user !== undefined && isAboutThem ? { ...user, ...entry.data.after } : user;
}

/** The same for a team; one that was deleted is none. */
export function foldTeam(team: Team | undefined, entry: Entry): Team | undefined {
  if (entry.type === "dev.tidegate.team.created") return entry.data.team;
  if (entry.type === "dev.tidegate.team.deleted") return undefined;
  const isAboutIt = entry.type === "dev.tidegate.team.changed" && entry.data.team === team?.name;
  return team !== undefined && isAboutIt ? { ...team, ...entry.data.after } : team;
}
