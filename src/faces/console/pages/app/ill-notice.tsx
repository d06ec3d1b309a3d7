/** That instances of what is live end by themselves, or do not answer: why, and what to do. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { illWords, isDown, type LiveInstances } from "#domain";
import type { AppResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { useMay, useRefusal } from "../../shell/use-rights.ts";
import { Missing } from "../../ui/not-yours.tsx";
import { Notice } from "../../ui/notice.tsx";
import { TextBlock } from "../../ui/text-block.tsx";
import { useNow } from "../../ui/when.tsx";

/** A stack trace has about as many. */
const lastLinesMax = 12;

export function IllNotice({ app: { name, environments } }: { readonly app: AppResource }) {
  const [{ live, restarts } = {}] = environments;
  if (live === undefined) return null;
  const its = { number: live.number, restarts, isDown: isDown(live.instances) };
  if (its.restarts === undefined && !its.isDown) return null;
  return (
    <div className="stack">
      <Told live={its} name={name} />
      {restarts === undefined ? null : (
        <LastLines key={restarts.lastAt} name={name} release={`v${live.number}`} />
      )}
    </div>
  );
}

function Told({ live, name }: { readonly live: LiveInstances; readonly name: string }) {
  const words = illWords(live, useNow());
  const isBad = live.isDown || live.restarts?.isRestarting === true;
  const params = { app: name };
  return words === undefined ? null : (
    <Notice tone={isBad ? "bad" : "wait"} title={words}>
      <p className="soft small">
        Next:{" "}
        <Link to="/apps/$app" params={params} search={{ view: "logs" }}>
          its logs
        </Link>{" "}
        say why
        {live.number === 1 ? null : (
          <>
            ;{" "}
            <Link to="/apps/$app" params={params} search={{}}>
              a release from before
            </Link>{" "}
            can be brought back
          </>
        )}
        .
      </p>
    </Notice>
  );
}

/** Of the instance that ended last. */
function LastLines({ name, release }: { readonly name: string; readonly release: string }) {
  const may = useMay(name)("log.read");
  const mayNot = useRefusal(name)("log.read");
  const params = { app: name };
  const { data: kept } = useQuery({
    ...ask("GET /api/v1/apps/:app/instances/logs", { params }),
    enabled: may,
  });
  const ended = kept?.sources.find((source) => source.release === release && !source.isRunning);
  const query = { tail: lastLinesMax, instance: ended?.instance ?? "" };
  const { data: printed } = useQuery({
    ...ask("GET /api/v1/apps/:app/logs", { params, query }),
    enabled: ended !== undefined,
  });
  const lines = printed?.lines.map(({ text }) => text) ?? [];
  return (
    <>
      {lines.length === 0 ? null : (
        <>
          <p className="soft small">What the instance that ended printed last:</p>
          <TextBlock label="The last lines of the instance that ended" text={lines.join("\n")} />
        </>
      )}
      <Missing whys={[mayNot]} />
    </>
  );
}
