import type { ChangeResource } from "#faces/api/contract";
import { NotFollowed } from "../../ui/not-followed.tsx";
import { Section } from "../../ui/page.tsx";
import { instant, short, timeOfDay } from "../../ui/words.ts";
import type { Story } from "./story.ts";
import { unwrap } from "./unwrap.ts";

interface ToldProps {
  readonly change: ChangeResource;
  readonly story: Story;
}

/** Everything that happened, in the words the author read after the push. */
export function ToldSection({ change, story }: ToldProps) {
  if (story.told.length === 0 && story.refusal === undefined) return null;
  return (
    <Section
      title="What happened"
      id="told"
      command={`tidegate change watch ${short(change.commit)}`}
      json={story.told}
    >
      {story.refusal === undefined ? null : <NotFollowed refusal={story.refusal} />}
      <ol className="told">
        {story.told.map(({ seq, at, lines }) => {
          const { stage, lines: told } = unwrap(lines);
          return (
            <li key={seq} id={`told-${seq}`}>
              <time dateTime={new Date(at).toISOString()} title={instant(at)}>
                {timeOfDay(at)}
              </time>
              <span className="told-stage">{stage}</span>
              <span className="told-lines">
                {told.map((line, index) => (
                  <span key={index} dir="auto">
                    {line}
                  </span>
                ))}
              </span>
            </li>
          );
        })}
      </ol>
    </Section>
  );
}
