/** How much of what the app may fail is left, and how long it lasts. */
import type { AppResource, ErrorBudgetResource } from "#faces/api/contract";
import { budgetShown, burnWords, promiseWords, youngWords } from "../../ui/budget.ts";
import { ManualLink } from "../../ui/manual-link.tsx";
import { Section } from "../../ui/page.tsx";
import { StateWord } from "../../ui/state-word.tsx";
import { count, counted } from "../../ui/words.ts";

interface BudgetSectionProps {
  readonly app: AppResource;
  readonly budget: ErrorBudgetResource;
}

export function BudgetSection({ app, budget }: BudgetSectionProps) {
  const { window, allowed, state, remainingRatio = 0 } = budget;
  const shown = budgetShown(budget);
  const failed = `${count(window.errors)} of ${count(window.requests)} requests failed`;
  const isTold = state !== "not_enough_traffic";
  return (
    <Section
      title="Error budget"
      id="budget"
      note={`${promiseWords(budget)} are to be answered without a failure`}
      command={`tidegate app show ${app.name}`}
      json={budget}
    >
      <div className="budget">
        <StateWord state={shown} />
        {isTold ? <BudgetBar ratio={remainingRatio} tone={shown.tone} /> : null}
        <p>
          {isTold
            ? `${failed}; ${count(Math.floor(allowed))} may. ${youngWords(budget)} ${burnWords(budget)}`
            : `${counted(window.requests, "request")} so far, of which ${count(window.errors)} failed: one more or less would decide.`}
        </p>
        <p className="soft small">
          A request has failed when it was answered with a status of 500 or more, or not at all.
          What is promised is the manifest's <code>slo</code>:{" "}
          <ManualLink page="how-to/promise-availability">Promise availability</ManualLink>.
        </p>
      </div>
    </Section>
  );
}

interface BudgetBarProps {
  readonly ratio: number;
  readonly tone: string;
}

/** What is left of the whole; its number stands beside it, always. */
export function BudgetBar({ ratio, tone }: BudgetBarProps) {
  const width = Math.max(0, Math.min(1, ratio)) * 100;
  return (
    <svg
      className={`budget-bar tone-${tone}`}
      viewBox="0 0 100 6"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect width="100" height="6" className="budget-whole" />
      <rect width={width} height="6" className="budget-left" />
    </svg>
  );
}
