/** An app's releases with the way back to each, the comparison of any two, and the instances that run. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { takenBackWords } from "#domain";
import type { AppResource, ListedReleaseResource, ReleaseResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { useRefusal } from "../../shell/use-rights.ts";
import { Button } from "../../ui/button.tsx";
import { Missing } from "../../ui/not-yours.tsx";
import { Empty, Section } from "../../ui/page.tsx";
import { StateWord } from "../../ui/state-word.tsx";
import { When } from "../../ui/when.tsx";
import { short } from "../../ui/words.ts";
import type { AppSearch } from "./app-search.ts";
import { BudgetSection } from "./budget-section.tsx";
import { EnvironmentSection } from "./environment-section.tsx";
import { ReleaseComparison } from "./release-comparison.tsx";
import { causeWords, noWayBack, releaseStates } from "./release-states.ts";
import { RollBackDialog } from "./roll-back-dialog.tsx";

const releasesShown = 50;

interface ReleasesViewProps {
  readonly app: AppResource;
  readonly search: AppSearch;
}

export function ReleasesView({ app, search }: ReleasesViewProps) {
  const { data } = useSuspenseQuery(
    ask("GET /api/v1/apps/:app/releases", {
      params: { app: app.name },
      query: { limit: releasesShown },
    }),
  );
  const [asked, setAsked] = useState<ListedReleaseResource>();
  const { releases } = data;
  const live = app.environments[0]?.live;
  const budget = app.environments[0]?.budget;
  const mayNot = useRefusal(app.name)("release.restore");
  return (
    <div className="parts">
      <EnvironmentSection app={app} releases={releases} />
      {budget === undefined ? null : <BudgetSection app={app} budget={budget} />}
      <Section
        title="Releases"
        id="releases"
        command={`tidegate release list --app ${app.name}`}
        json={data}
      >
        {releases.length > 1 ? <Missing whys={[mayNot]} /> : null}
        {releases.length === 0 ? (
          <Empty>Nothing was released yet: the first push that passes is v1.</Empty>
        ) : (
          <ul>
            {releases.map((release) => (
              <li key={release.id} className="release-row">
                <strong>v{release.number}</strong>
                <StateWord state={releaseStates[release.state]} />
                <Words release={release} />
                <span className="release-acts">
                  <Compare app={app.name} release={release} live={live?.number} />
                  <GoBack
                    release={release}
                    live={live}
                    refusal={mayNot}
                    onAsk={() => setAsked(release)}
                  />
                </span>
              </li>
            ))}
          </ul>
        )}
      </Section>
      <ReleaseComparison app={app.name} releases={releases} search={search} />
      {asked === undefined || live === undefined ? null : (
        <RollBackDialog app={app} to={asked} live={live} onClose={() => setAsked(undefined)} />
      )}
    </div>
  );
}

interface WordsProps {
  readonly release: ListedReleaseResource;
}

function Words({ release }: WordsProps) {
  return (
    <span className="dots small">
      <Link to="/changes/$change" params={{ change: release.change }} className="release-subject">
        <bdi>{release.subject ?? release.change}</bdi>
      </Link>
      {release.commit === undefined ? null : (
        <span className="soft">
          <code>{short(release.commit)}</code>
        </span>
      )}
      <span className="soft">{causeWords(release)}</span>
      <span className="soft">
        <When at={release.createdAt} />
      </span>
      <span className="soft">configuration {release.configVersion}</span>
      {release.sandboxLevel === undefined ? null : (
        <span className="soft">sandbox level {release.sandboxLevel}</span>
      )}
      {release.takenBack === undefined ? null : (
        <span>{takenBackWords(release.number, release.takenBack)}</span>
      )}
      {release.problem === undefined ? null : <span>{release.problem.message}</span>}
    </span>
  );
}

interface GoBackProps {
  readonly release: ListedReleaseResource;
  readonly live: ReleaseResource | undefined;
  readonly refusal: string | undefined;
  readonly onAsk: () => void;
}

/** Offered where the server would do it; elsewhere the place says why not. */
function GoBack({ release, live, refusal, onAsk }: GoBackProps) {
  if (release.number === live?.number) return null;
  const why = noWayBack(release, live);
  if (why !== undefined) return <span className="release-why soft small">{why}</span>;
  return (
    <Button onPress={onAsk} refusal={refusal}>
      {`Go back to v${release.number}`}
    </Button>
  );
}

interface CompareProps {
  readonly app: string;
  readonly release: ReleaseResource;
  readonly live: number | undefined;
}

/** With what is live; what is live, with the one before. */
function Compare({ app, release: { number }, live }: CompareProps) {
  const navigate = useNavigate();
  const [from, to] = number === live ? [number - 1, number] : [number, live ?? number];
  if (from < 1 || from === to) return null;
  return (
    <Button
      look="quiet"
      label={`Compare with v${number === live ? from : to}: v${number}`}
      onPress={() =>
        void navigate({ to: "/apps/$app", params: { app }, search: { from, to }, hash: "compare" })
      }
    >
      {`Compare with v${number === live ? from : to}`}
    </Button>
  );
}
