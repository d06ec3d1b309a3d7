/** One change: what happens to it, why, and what one can do about it. The page this product is known for. */
import "./change-page.css";
import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { memo, useDeferredValue } from "react";
import { type Had, hadBy } from "#domain";
import type { ChangeResource, RolloutResource } from "#faces/api/contract";
import { Command } from "../../ui/copy.tsx";
import { Page } from "../../ui/page.tsx";
import { SectionIndex } from "../../ui/section-index.tsx";
import { changeStates } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";
import { When } from "../../ui/when.tsx";
import { count, counted, short } from "../../ui/words.ts";
import { ActionsBar } from "./actions-bar.tsx";
import { AboutSection } from "./about-section.tsx";
import { changeQuestion } from "./change-questions.ts";
import { CohortSection } from "./cohort-section.tsx";
import { Contained } from "./contained.tsx";
import { DiffSection } from "./diff-section.tsx";
import { EvidenceSection } from "./evidence-section.tsx";
import { ExposureSection } from "./exposure-section.tsx";
import { FailureSection } from "./failure-section.tsx";
import { GateSection } from "./gate-section.tsx";
import { GuardrailSection, useSeries } from "./guardrail-section.tsx";
import { LiveIll } from "./live-ill.tsx";
import { LogSection } from "./log-section.tsx";
import { NewErrorsSection } from "./new-errors-section.tsx";
import { Sentence } from "./sentence.tsx";
import { StoryStrip } from "./story-strip.tsx";
import { TestSection } from "./test-section.tsx";
import { ToldSection } from "./told-section.tsx";
import type { Story } from "./story.ts";
import { useStory } from "./use-story.ts";

const route = getRouteApi("/changes/$change");

/** While users meet it, counts move without an event of their own. */
const countsMs = 2_000;

export function ChangePage() {
  const { change: id } = route.useParams();
  const { data: change } = useSuspenseQuery({
    ...changeQuestion(id),
    refetchInterval: ({ state }) => (isCounted(state.data) ? countsMs : false),
  });
  // What it is now is drawn at once; pictures and lists that follow may take a frame more, and hold up no key.
  const following = useDeferredValue(change);
  const { rollout } = change;
  return (
    <Page
      title={`${change.subject} · ${change.app}`}
      above={<Above change={change} />}
      heading={
        <h1 tabIndex={-1} dir="auto">
          {change.subject}
        </h1>
      }
    >
      <About change={change} />
      <div className="change-state">
        <Sentence change={change} />
        {rollout === undefined ? null : <ActionsBar rollout={rollout} />}
      </div>
      <LiveIll change={change} />
      <Contained change={change} />
      <StoryStrip change={change} />
      <SectionIndex />
      <Sections change={following} />
    </Page>
  );
}

const Sections = memo(function Sections({ change }: { readonly change: ChangeResource }) {
  const story = useStory(change.id);
  const { rollout } = change;
  return (
    <>
      <FailureSection change={change} />
      <NewErrorsSection change={change} />
      {rollout === undefined ? null : (
        <RolloutSections rollout={rollout} story={story} had={hadBy(change)} />
      )}
      <TestSection change={change} story={story} />
      <GateSection change={change} story={story} />
      <LogSection change={change} />
      <DiffSection change={change} />
      <ToldSection change={change} story={story} />
      <AboutSection change={change} />
      <EvidenceSection change={change} />
    </>
  );
});

interface RolloutSectionsProps {
  readonly rollout: RolloutResource;
  readonly story: Story;
  readonly had: Had | undefined;
}

function RolloutSections({ rollout, story, had }: RolloutSectionsProps) {
  const series = useSeries(rollout);
  return (
    <>
      <ExposureSection rollout={rollout} story={story} series={series} had={had} />
      <GuardrailSection rollout={rollout} story={story} series={series} />
      <CohortSection rollout={rollout} />
    </>
  );
}

function isCounted(change: ChangeResource | undefined): boolean {
  const state = change?.rollout?.state;
  return state === "running" || state === "paused" || state === "baking" || state === "held";
}

function Above({ change }: { readonly change: ChangeResource }) {
  return (
    <nav aria-label="Where this is" className="change-above">
      <Link to="/apps/$app" params={{ app: change.app }}>
        <bdi>{change.app}</bdi>
      </Link>
      <span aria-hidden="true">/</span>
      <span>{change.environment}</span>
      <StateWord state={changeStates[change.standing]} look="chip" />
    </nav>
  );
}

/** Who, when, how much: one line under the subject. */
function About({ change }: { readonly change: ChangeResource }) {
  const { author, diffStat, release, supersededBy } = change;
  return (
    <div className="change-about-line">
      <p className="dots soft">
        <bdi>{author.name}</bdi>
        <span>
          pushed <When at={change.receivedAt} />
        </span>
        <span>
          <code>{short(change.commit)}</code> on <bdi>{change.branch}</bdi>
        </span>
        {diffStat === undefined ? null : (
          <span>
            {counted(diffStat.files, "file")}{" "}
            <span className="added">+{count(diffStat.added)}</span>{" "}
            <span className="removed">−{count(diffStat.removed)}</span>
          </span>
        )}
        {release === undefined ? null : <span>v{release.number}</span>}
        {supersededBy === undefined ? null : (
          <Link to="/changes/$change" params={{ change: supersededBy }}>
            the newer change
          </Link>
        )}
      </p>
      <Command
        text={`tidegate change ${isUnderWay(change) ? "watch" : "show"} ${short(change.commit)}`}
      />
    </div>
  );
}

/** What has ended has nothing to watch. */
function isUnderWay({ state }: ChangeResource): boolean {
  return state === "delivering" || state === "held";
}
