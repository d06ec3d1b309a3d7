/** `tidegate rollout who|join|leave`: who has a candidate, whether a user does, and a link to be among them. */
import { formatDurationMs } from "#std";
import type { RolloutResource, UserPlaceResource } from "#faces/api/contract";
import type { Client } from "../client.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { refused } from "../refusal.ts";
import { ago, count, counted, percent } from "../render/words.ts";
import type { Session } from "../session.ts";

export interface WhoOptions {
  /** The key of one user, whose place is asked for. */
  readonly user?: string;
}

export async function showWho(
  session: Session,
  { user }: WhoOptions,
  named?: string,
): Promise<ExitCode> {
  const { terminal } = session;
  const rollout = named ?? (await session.app());
  const client = await session.client();
  if (user === undefined) {
    const shown = await fetchRollout(client, rollout);
    session.show(shown, (value) => whoLines(value).join("\n"));
    return exitCodes.done;
  }
  const key = "GET /api/v1/rollouts/:rollout/user";
  const place = await client.call(key, { params: { rollout }, query: { key: user } });
  session.show(place, (value) => placeLines(value, terminal.now()).join("\n"));
  return exitCodes.done;
}

/** By rule first: those are chosen, and the others are drawn. */
function whoLines(rollout: RolloutResource): readonly string[] {
  const { policy, exposurePercent, evidence, app, previewUrl, finishedAt } = rollout;
  if (finishedAt !== undefined) return [`the rollout of ${app} is over: ${rollout.reason}`];
  const { totals } = evidence;
  const byRule = totals.requestsByRule ?? 0;
  return [
    ...(policy.cohorts?.rules ?? []).map(({ match, percent: part }, index) => {
      const whom =
        match.kind === "user"
          ? `${counted(match.keys.length, "user")} named by key`
          : `who sends the ${match.kind} ${match.name}: ${match.value}`;
      return `rule ${index + 1}     ${whom}${part === undefined ? "" : `, ${part} % of them`}`;
    }),
    ...(previewUrl === undefined ? [] : [`preview    whoever looks at ${previewUrl}`]),
    `by hand    whoever opens a link: tidegate rollout join ${app}`,
    ...(byRule === 0 ? [] : [`           by all of these, ${counted(byRule, "request")} so far`]),
    `by chance  ${percent(exposurePercent / 100)} of users; ${counted(totals.usersExposed, "user")} met it so far, ${count(totals.usersHarmed)} with a failed request`,
  ];
}

function placeLines(place: UserPlaceResource, now: number): readonly string[] {
  const { app, isIn, release, because, sinceAt, by } = place;
  const has = release === undefined ? "nothing" : release;
  const word = by === "everybody" ? "as everybody" : isIn ? "in it" : "not in it";
  return [
    `${word}: the user has ${has} of ${app}`,
    `because    ${because}`,
    ...(sinceAt === undefined ? [] : [`since      ${ago(sinceAt, now)}`]),
    ...place.unless.map((otherwise) => `unless     ${otherwise}`),
  ];
}

/** A link that puts the browser which opens it into the candidate, or out of it. */
export async function makeLink(
  session: Session,
  to: "candidate" | "baseline",
  named?: string,
): Promise<ExitCode> {
  const { terminal } = session;
  const rollout = named ?? (await session.app());
  const client = await session.client();
  if (session.isDryRun) return await preview(session, client, { rollout, to });
  const key = "POST /api/v1/rollouts/:rollout/links";
  const made = await client.call(key, { params: { rollout }, body: { to } });
  session.show(made, ({ links }) => links.map(({ url }) => url).join("\n"));
  const [, ...others] = made.links;
  const where = to === "candidate" ? "put into it" : "taken out of it";
  terminal.narrate(
    `open it in the browser that is to be ${where}, within ${formatDurationMs(made.expiresAt - terminal.now())}; it shows what that browser has`,
  );
  if (others.length > 0) {
    const apps = others.map(({ app }) => app).join(", ");
    terminal.narrate(`it goes together with ${apps}: open each link in the same browser`);
  }
  return exitCodes.done;
}

async function preview(
  session: Session,
  client: Client,
  { rollout, to }: { readonly rollout: string; readonly to: "candidate" | "baseline" },
): Promise<ExitCode> {
  const { id, app, state, finishedAt, together } = await fetchRollout(client, rollout);
  if (finishedAt !== undefined) {
    const next = "there is nothing to be in or out of: everybody has the same release";
    throw refused({ code: "wrong_state", what: "rollout", state, next });
  }
  const apps = together?.members.map((member) => member.app) ?? [app];
  const where = to === "candidate" ? "into the candidate" : "out of the candidate";
  return session.showPreview({
    effects: apps.map(
      (name) => `make a link that puts the browser which opens it ${where} of ${name}`,
    ),
    request: { method: "POST", path: `/api/v1/rollouts/${id}/links`, body: { to } },
    app,
  });
}

async function fetchRollout(client: Client, rollout: string): Promise<RolloutResource> {
  return await client.call("GET /api/v1/rollouts/:rollout", { params: { rollout } });
}
