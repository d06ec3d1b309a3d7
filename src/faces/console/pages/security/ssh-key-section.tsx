import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ask } from "../../api/ask.ts";
import { call } from "../../api/call.ts";
import { FreshOnly } from "../../shell/fresh.tsx";
import { Button } from "../../ui/button.tsx";
import { FormError } from "../../ui/form-error.tsx";
import { Empty, Section } from "../../ui/page.tsx";
import { When } from "../../ui/when.tsx";
import { KeyLabel, KeyOfOnesOwn } from "./key-of-ones-own.tsx";

/** The keys one pushes with over SSH. Only public halves come here. */
export function SshKeySection() {
  const { data } = useSuspenseQuery(ask("GET /api/v1/ssh-keys", {}));
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ["GET /api/v1/ssh-keys"] });
  const remove = useMutation({
    mutationFn: (key: string) => call("DELETE /api/v1/ssh-keys/:key", { params: { key } }),
    onSettled: refresh,
  });
  return (
    <Section title="SSH keys" id="ssh-keys" json={data.sshKeys}>
      {data.sshKeys.length === 0 ? (
        <Empty>You have none yet. With a key, git push needs no password.</Empty>
      ) : null}
      <ul className="stack-tight">
        {data.sshKeys.map(({ id, label, fingerprint, addedAt, expiresAt, lastUsedAt }) => (
          <KeyOfOnesOwn key={id} label={label} kind="SSH key" onRemove={() => remove.mutate(id)}>
            <code className="small">{fingerprint}</code>
            <span className="soft small">
              added <When at={addedAt} />
              {expiresAt === undefined ? null : (
                <>
                  , ends <When at={expiresAt} />
                </>
              )}
              {lastUsedAt === undefined ? (
                ", never used"
              ) : (
                <>
                  , last used <When at={lastUsedAt} />
                </>
              )}
            </span>
          </KeyOfOnesOwn>
        ))}
      </ul>
      <FormError error={remove.error} />
      <FreshOnly toDo="add an SSH key">
        <Add onDone={refresh} />
      </FreshOnly>
    </Section>
  );
}

function Add({ onDone }: { readonly onDone: () => unknown }) {
  const [publicKey, setPublicKey] = useState("");
  const [label, setLabel] = useState("");
  const add = useMutation({
    mutationFn: () => {
      const named = label.trim();
      return call("POST /api/v1/ssh-keys", {
        body: { publicKey, ...(named === "" ? {} : { label: named }) },
      });
    },
    onSuccess: () => {
      setPublicKey("");
      setLabel("");
      return onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form className="stack-tight" onSubmit={submit}>
      <div className="field">
        <label htmlFor="ssh-key">
          Public key: the line of a file that ends in <code>.pub</code>
        </label>
        <textarea
          id="ssh-key"
          className="input"
          rows={3}
          required
          spellCheck={false}
          autoComplete="off"
          placeholder="ssh-ed25519 AAAA…"
          value={publicKey}
          onChange={(event) => setPublicKey(event.target.value)}
        />
      </div>
      <div className="row">
        <KeyLabel
          id="ssh-key-label"
          spoken="What to call the SSH key"
          value={label}
          onChange={setLabel}
        />
        <Button type="submit" onPress={() => undefined}>
          Add the SSH key
        </Button>
      </div>
      <FormError error={add.error} />
    </form>
  );
}
