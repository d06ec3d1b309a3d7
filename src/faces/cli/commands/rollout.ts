/** `tidegate rollout …`: who has the candidate, how they fare, and a person's say in it. */
import type { RolloutAction } from "#faces/api/contract";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { renderRollout } from "../render/rollout.ts";
import type { Session } from "../session.ts";

export async function showRollout(session: Session, named?: string): Promise<ExitCode> {
  const { terminal } = session;
  const rollout = named ?? (await session.app());
  const client = await session.client();
  const shown = await client.call("GET /api/v1/rollouts/:rollout", { params: { rollout } });
  session.show(shown, (value) => renderRollout(value, terminal.now(), terminal.paint));
  if (shown.state === "held" || shown.state === "paused") {
    const word = shown.state === "held" ? "promote" : "resume";
    terminal.narrate(
      `next: tidegate rollout ${word} --app ${shown.app}, or: tidegate rollout abort --app ${shown.app}`,
    );
  }
  return exitCodes.done;
}

const told: Readonly<Record<RolloutAction, string>> = {
  pause: "pause: exposure stays as it is",
  resume: "resume",
  promote: "promote: everybody gets the release",
  abort: "abort: the release is taken away from its users",
};

export interface ActOptions {
  readonly action: RolloutAction;
  readonly rollout?: string;
  readonly reason?: string;
}

export async function actOnRollout(session: Session, options: ActOptions): Promise<ExitCode> {
  const { action, reason = "" } = options;
  const rollout = options.rollout ?? (await session.app());
  const client = await session.client();
  const key = "POST /api/v1/rollouts/:rollout/:action";
  const shown = await client.call(key, { params: { rollout, action }, body: { reason } });
  session.show(shown, ({ app }) => `the rollout of ${app} was told to ${told[action]}`);
  session.terminal.narrate(`next: tidegate rollout show ${shown.id}`);
  return exitCodes.done;
}
