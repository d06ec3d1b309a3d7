/** Follows one change from its first entry to its end; resumes by itself after the last entry it saw. */
import { useEffect, useReducer } from "react";
import type { ChangeEventResource } from "#faces/api/contract";
import { addressOf } from "../../api/call.ts";
import { addEvent, type Story, storyBegins } from "./story.ts";

type Told =
  | { readonly kind: "events"; readonly events: readonly ChangeEventResource[] }
  | { readonly kind: "end" }
  | { readonly kind: "begin" };

/** A story of thousands of entries arrives in pieces; each piece is drawn once. */
const gatherMs = 16;

export function useStory(change: string): Story {
  const [story, tell] = useReducer(next, storyBegins);
  useEffect(() => {
    tell({ kind: "begin" });
    const params = { change };
    const source = new EventSource(addressOf("GET /api/v1/changes/:change/events", { params }));
    let gathered: ChangeEventResource[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      tell({ kind: "events", events: gathered });
      gathered = [];
    };
    source.addEventListener("entry", ({ data }: MessageEvent<string>) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server sends what the contract says
      gathered.push(JSON.parse(data) as ChangeEventResource);
      timer ??= setTimeout(flush, gatherMs);
    });
    source.addEventListener("end", () => {
      // The browser would come back to a stream that has come to its end.
      source.close();
      tell({ kind: "end" });
    });
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [change]);
  return story;
}

function next(story: Story, told: Told): Story {
  if (told.kind === "begin") return storyBegins;
  if (told.kind === "end") return { ...story, isEnded: true };
  return told.events.reduce(addEvent, story);
}
