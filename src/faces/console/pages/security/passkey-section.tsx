import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ask } from "../../api/ask.ts";
import { call } from "../../api/call.ts";
import { FreshOnly, useIsStale } from "../../shell/fresh.tsx";
import { Button } from "../../ui/button.tsx";
import { FormError } from "../../ui/form-error.tsx";
import { Empty, Section } from "../../ui/page.tsx";
import { createPasskey } from "../../ui/passkey.ts";
import { When } from "../../ui/when.tsx";
import { KeyLabel, KeyOfOnesOwn } from "./key-of-ones-own.tsx";

/** The passkeys one has; another is added in one go, and the last way in is never removed. */
export function PasskeySection() {
  const { data } = useSuspenseQuery(ask("GET /api/v1/passkeys", {}));
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ["GET /api/v1/passkeys"] });
  const remove = useMutation({
    mutationFn: (passkey: string) =>
      call("DELETE /api/v1/passkeys/:passkey", { params: { passkey } }),
    onSettled: refresh,
  });
  const refusal = useIsStale() ? "sign in again to remove a passkey" : undefined;
  return (
    <Section title="Passkeys" id="passkeys" json={data.passkeys}>
      {data.passkeys.length === 0 ? (
        <Empty>You have none yet. A passkey needs no password.</Empty>
      ) : null}
      <ul className="stack-tight">
        {data.passkeys.map(({ id, label, createdAt, lastUsedAt, isSynced }) => (
          <KeyOfOnesOwn
            key={id}
            label={label}
            kind="passkey"
            refusal={refusal}
            onRemove={() => remove.mutate(id)}
          >
            <span className="soft small">
              {isSynced ? "on several devices" : "on one device"}, added <When at={createdAt} />
              {lastUsedAt === undefined ? null : (
                <>
                  , last used <When at={lastUsedAt} />
                </>
              )}
            </span>
          </KeyOfOnesOwn>
        ))}
      </ul>
      <FormError error={remove.error} />
      <FreshOnly toDo="add or remove a passkey">
        <Add onDone={refresh} />
      </FreshOnly>
    </Section>
  );
}

function Add({ onDone }: { readonly onDone: () => unknown }) {
  const [label, setLabel] = useState("");
  const add = useMutation({
    mutationFn: async () => {
      const passkey = await createPasskey(
        await call("POST /api/v1/passkeys/options", { body: {} }),
      );
      const named = label.trim() === "" ? "passkey" : label.trim();
      return await call("POST /api/v1/passkeys", { body: { label: named, passkey } });
    },
    onSuccess: () => {
      setLabel("");
      return onDone();
    },
  });
  return (
    <>
      <div className="row">
        <KeyLabel id="passkey-label" spoken="What to call it" value={label} onChange={setLabel} />
        <Button onPress={() => add.mutate()}>Add a passkey</Button>
      </div>
      <FormError error={add.error} />
    </>
  );
}
