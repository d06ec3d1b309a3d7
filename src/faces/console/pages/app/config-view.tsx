/** Configuration and secrets: names to read, values to write and never to read again. */
import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { configWords } from "#domain";
import type { AppResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { call } from "../../api/call.ts";
import { useRefusal } from "../../shell/use-rights.ts";
import { Button } from "../../ui/button.tsx";
import { ManualLink } from "../../ui/manual-link.tsx";
import { Missing } from "../../ui/not-yours.tsx";
import { explain } from "../../ui/explain.ts";
import { Notice } from "../../ui/notice.tsx";
import { Empty, Section } from "../../ui/page.tsx";
import { configEffect } from "./config-effect.ts";

interface Step {
  readonly set?: Readonly<Record<string, string>>;
  readonly unset?: readonly string[];
}

export function ConfigView({ app }: { readonly app: AppResource }) {
  const mayNot = useRefusal(app.name)("config.write");
  const queries = useQueryClient();
  const names = ask("GET /api/v1/apps/:app/config/names", { params: { app: app.name } });
  const { data } = useSuspenseQuery(names);
  const act = useMutation({
    mutationFn: ({ set = {}, unset = [] }: Step) =>
      call("PATCH /api/v1/apps/:app/config", {
        params: { app: app.name },
        body: { set: { ...set }, unset: [...unset] },
      }),
    onSettled: () => queries.invalidateQueries(),
  });
  const refused = act.error === null ? undefined : explain(act.error);
  const effect = configEffect(app);
  const refusal = mayNot ?? effect.refusal;
  const done = act.data?.isUnchanged === true ? unchanged : act.data && effect.done;
  return (
    <Section
      title="Configuration and secrets"
      id="configuration"
      note={configWords(data)}
      command={`tidegate config list --app ${app.name}`}
      json={data}
    >
      <p className="soft">
        Values are written here and not shown again. {effect.when}{" "}
        <ManualLink page="how-to/configure-an-app">Configure an app</ManualLink>
      </p>
      <NewValue
        isBusy={act.isPending}
        refusal={refusal}
        onSet={(set, onDone) => act.mutate({ set }, { onSuccess: onDone })}
      />
      <Missing whys={[refusal]} />
      {refused === undefined ? null : (
        <Notice tone="bad" title={`Nothing was changed: ${refused.sentence}`} isUrgent>
          <p className="soft">{refused.next}</p>
        </Notice>
      )}
      {done === undefined ? null : <Notice tone="good" title={done} isUrgent />}
      {data.names.length === 0 ? (
        <Empty>Nothing is set.</Empty>
      ) : (
        <ul>
          {data.names.map((name) => (
            <ConfigName
              key={name}
              name={name}
              refusal={refusal}
              onUnset={() => act.mutate({ unset: [name] })}
            />
          ))}
        </ul>
      )}
    </Section>
  );
}

const unchanged = "Nothing to change: it has this value already, and nothing is rolled out.";

interface NewValueProps {
  readonly isBusy: boolean;
  readonly refusal: string | undefined;
  /** A refusal is shown beside the form, and what was typed stays. */
  readonly onSet: (set: Readonly<Record<string, string>>, onDone: () => void) => void;
}

function NewValue({ isBusy, refusal, onSet }: NewValueProps) {
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isBusy || name === "" || refusal !== undefined) return;
    onSet({ [name]: value }, () => {
      setName("");
      setValue("");
    });
  };
  return (
    <form className="config-form" onSubmit={submit} autoComplete="off">
      <label className="field">
        <span className="label">Name</span>
        <input
          className="input mono"
          value={name}
          required
          pattern="[A-Za-z_][A-Za-z0-9_]{0,127}"
          title="letters, digits and _, not starting with a digit"
          spellCheck={false}
          onChange={({ target }) => setName(target.value)}
        />
      </label>
      <label className="field">
        <span className="label">Value</span>
        <input
          className="input mono"
          type="password"
          autoComplete="new-password"
          value={value}
          onChange={({ target }) => setValue(target.value)}
        />
      </label>
      <Button type="submit" look="main" refusal={refusal} onPress={() => undefined}>
        {isBusy ? "Setting" : "Set"}
      </Button>
    </form>
  );
}

interface ConfigNameProps {
  readonly name: string;
  readonly refusal: string | undefined;
  readonly onUnset: () => void;
}

/** Pressed twice: what is unset cannot be read back from here. */
function ConfigName({ name, refusal, onUnset }: ConfigNameProps) {
  const [isAsked, setAsked] = useState(false);
  return (
    <li className="config-row">
      <code dir="ltr">{name}</code>
      {isAsked ? (
        <span className="row">
          <Button
            look="danger"
            label={`Unset ${name}; its value is lost`}
            onPress={() => {
              setAsked(false);
              onUnset();
            }}
          >
            Unset it; its value is lost
          </Button>
          <Button onPress={() => setAsked(false)}>Leave it</Button>
        </span>
      ) : (
        <Button
          look="quiet"
          label={`Unset ${name}`}
          refusal={refusal}
          onPress={() => setAsked(true)}
        >
          Unset
        </Button>
      )}
    </li>
  );
}
