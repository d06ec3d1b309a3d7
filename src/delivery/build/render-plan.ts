/** A plan as lines for people: what was decided, and because of what. */
import { formatDurationMs } from "#std";
import type { Plan } from "#domain";
import { renderCommand } from "./command-line.ts";

/** Renders a plan; `JSON.stringify(plan)` is the form for programs. */
export function renderPlan(plan: Plan): readonly string[] {
  const width = Math.max(...plan.reasons.map(({ decided }) => decided.length), 8);
  return [
    plan.title,
    "",
    ...plan.reasons.map(({ decided, because }) => `  ${decided.padEnd(width)}  because ${because}`),
    "",
    ...plan.steps.flatMap((step) =>
      step.commands.map((argv, index) => row(index === 0 ? step.name : "", renderCommand(argv))),
    ),
    ...Object.entries(plan.processes).map(([name, { argv }]) => row(name, renderCommand(argv))),
    row(
      "health",
      plan.health.path === undefined ? "answers on PORT without a 5xx" : `GET ${plan.health.path}`,
    ),
    ...togetherRows(plan.rollout),
  ];
}

function togetherRows({ together, userKey }: Plan["rollout"]): readonly string[] {
  if (together === undefined) return [];
  const { apps, waitMs } = together;
  const names = apps.join(", ");
  const wait = formatDurationMs(waitMs);
  const said = `with changes of ${names}, if they name this app too; waits for them up to ${wait}`;
  return [
    row("together", said),
    ...(userKey.from === "edge_cookie" ? [row("", edgeCookieWarning)] : []),
  ];
}

const edgeCookieWarning =
  "each host has its own cookie of the edge: name a userKey, or users differ between the apps";

function row(name: string, text: string): string {
  return `  ${name.padEnd(8)}  ${text}`;
}
