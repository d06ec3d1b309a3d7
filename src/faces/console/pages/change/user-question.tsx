/** Whether one user of the app has it, for who answers their mail. */
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { RolloutResource, UserPlaceResource } from "#faces/api/contract";
import { call } from "../../api/call.ts";
import { Button } from "../../ui/button.tsx";
import { explain } from "../../ui/explain.ts";
import { Missing } from "../../ui/not-yours.tsx";
import { Notice } from "../../ui/notice.tsx";
import { When } from "../../ui/when.tsx";
import { useRefusal } from "../../shell/use-rights.ts";
import { placeSentence } from "./place-sentence.ts";

const keyCharsMax = 500;

export function UserQuestion({ rollout }: { readonly rollout: RolloutResource }) {
  const [key, setKey] = useState("");
  const refusal = useRefusal(rollout.app)("cohort.read");
  const place = useMutation({
    mutationFn: (user: string) =>
      call("GET /api/v1/rollouts/:rollout/user", {
        params: { rollout: rollout.id },
        query: { key: user },
      }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (refusal === undefined && key.trim() !== "") place.mutate(key.trim());
  };
  const failed = place.error === null ? undefined : explain(place.error);
  return (
    <div className="stack">
      <form className="cohort-question" onSubmit={submit}>
        <label className="field">
          <span className="label">A user's key</span>
          <input
            className="input"
            dir="auto"
            maxLength={keyCharsMax}
            autoComplete="off"
            spellCheck={false}
            value={key}
            onChange={({ target }) => setKey(target.value)}
          />
        </label>
        <Button type="submit" refusal={refusal} onPress={() => undefined}>
          Is this user in it?
        </Button>
      </form>
      <Missing whys={[refusal]} />
      {failed === undefined ? null : (
        <Notice tone="bad" title={failed.sentence} isUrgent>
          <p className="soft">{failed.next}</p>
        </Notice>
      )}
      {place.data === undefined ? null : <Place place={place.data} />}
    </div>
  );
}

function Place({ place }: { readonly place: UserPlaceResource }) {
  const { because, by, sinceAt, unless } = place;
  return (
    <Notice tone="quiet" title={placeSentence(place)} isUrgent>
      <p>
        Why: {because}
        {sinceAt === undefined ? null : (
          <>
            ; since <When at={sinceAt} />
          </>
        )}
        .
      </p>
      {unless.length === 0 ? null : <p>Unless: {unless.join("; ")}.</p>}
      {by === "everybody" ? null : (
        <p className="soft small">Of your own browser, “Am I in it?” above says what it has.</p>
      )}
    </Notice>
  );
}
