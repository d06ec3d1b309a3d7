/** Follows one change from its first entry to its end; resumes after the last entry it saw. */
import { useEffect, useReducer } from "react";
import type { ChangeEventResource } from "#faces/api/contract";
import { addressOf } from "../../api/call.ts";
import type { Refusal } from "../../api/why-refused.ts";
import { followSeen } from "../../live/follow-seen.ts";
import { addEvent, type Story, storyBegins } from "./story.ts";

type Told =
  | { readonly kind: "events"; readonly events: readonly ChangeEventResource[] }
  | { readonly kind: "end" }
  | { readonly kind: "refused"; readonly refusal: Refusal | undefined }
  | { readonly kind: "begin" };

/** A story of thousands of entries arrives in pieces; each piece is drawn once. */
const gatherMs = 16;

export function useStory(change: string): Story {
  const [story, tell] = useReducer(next, storyBegins);
  useEffect(() => {
    tell({ kind: "begin" });
    let last = 0;
    let gathered: ChangeEventResource[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      tell({ kind: "events", events: gathered });
      gathered = [];
    };
    const hear = ({ data }: MessageEvent<string>) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server sends what the contract says
      const told = JSON.parse(data) as ChangeEventResource;
      last = told.entry.seq;
      gathered.push(told);
      timer ??= setTimeout(flush, gatherMs);
    };
    const leave = followSeen({
      address: () =>
        addressOf("GET /api/v1/changes/:change/events", {
          params: { change },
          query: { after: last },
        }),
      listeners: { entry: hear },
      onEnd: () => tell({ kind: "end" }),
      onRefused: (refusal) => tell({ kind: "refused", refusal }),
    });
    return () => {
      leave();
      clearTimeout(timer);
    };
  }, [change]);
  return story;
}

function next(story: Story, told: Told): Story {
  if (told.kind === "begin") return storyBegins;
  if (told.kind === "end") return { ...story, isEnded: true };
  if (told.kind === "refused") return { ...story, refusal: told.refusal };
  return told.events.reduce(addEvent, story);
}
