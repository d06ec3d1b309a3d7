/** A plan as lines for people: what was decided, and because of what. */
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
    ...(plan.steps.some(({ name }) => name === "test")
      ? []
      : [row("test", "none: nothing is checked before users meet it")]),
    ...Object.entries(plan.processes).map(([name, { argv }]) => row(name, renderCommand(argv))),
    row(
      "health",
      plan.health.path === undefined ? "answers on PORT without a 5xx" : `GET ${plan.health.path}`,
    ),
    ...(plan.slo === undefined
      ? []
      : [row("slo", `${plan.slo.availabilityPercent} % answered, over ${plan.slo.windowDays} d`)]),
    ...Object.entries(plan.gate).map(([name, rule], index) =>
      row(index === 0 ? "gate" : "", `${name}: ${rule}`),
    ),
  ];
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(8)}  ${text}`;
}
