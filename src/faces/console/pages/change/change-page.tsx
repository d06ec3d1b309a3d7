/** One change: what happens to it, why, and what one can do about it. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ask } from "../../api/ask.ts";
import { Page } from "../../ui/page.tsx";
import { changeStates } from "../../ui/state.ts";
import { StateWord } from "../../ui/state-word.tsx";

const route = getRouteApi("/changes/$change");

export function ChangePage() {
  const { change: id } = route.useParams();
  const { data: change } = useSuspenseQuery(
    ask("GET /api/v1/changes/:change", { params: { change: id } }),
  );
  return (
    <Page title={change.subject}>
      <StateWord state={changeStates[change.state]} look="chip" />
    </Page>
  );
}
