import { Wave } from "../../shell/wave.tsx";
import { Command } from "../../ui/copy.tsx";
import { ManualLink } from "../../ui/manual-link.tsx";
import { Page } from "../../ui/page.tsx";

const steps = [
  ["Create an app", "tidegate app create your-app"],
  ["Connect your repository, in its directory", "tidegate link your-app"],
  ["Deliver", "git push tide main"],
] as const;

/** Nothing is here yet: from here to a first delivery in three commands. */
export function Begin() {
  return (
    <Page
      title="Overview"
      heading={
        <>
          <span className="begin-wave">
            <Wave />
          </span>
          <h1 tabIndex={-1}>Nothing is delivered here yet</h1>
        </>
      }
    >
      <p className="begin-words">
        Push a commit. It is built, tested, and shown to a few users first. If they fare as well as
        everybody else, everybody gets it; if not, it is taken away and you are told why.
      </p>
      <ol className="begin">
        {steps.map(([label, command], index) => (
          <li key={command}>
            <span className="begin-number" aria-hidden="true">
              {index + 1}
            </span>
            <div>
              <h2>{label}</h2>
              <Command text={command} />
            </div>
          </li>
        ))}
      </ol>
      <p className="soft">
        The app appears here as soon as it is created; its first change takes seconds. In the
        manual, step by step:{" "}
        <ManualLink page="tutorial/1-first-delivery">Your first delivery</ManualLink>.
      </p>
    </Page>
  );
}
