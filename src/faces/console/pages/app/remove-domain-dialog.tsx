/** The question before users who come by a name are served no more. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { AppResource } from "#faces/api/contract";
import { call } from "../../api/call.ts";
import { Button } from "../../ui/button.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { explain } from "../../ui/explain.ts";
import { Notice } from "../../ui/notice.tsx";

interface RemoveDomainProps {
  readonly app: AppResource;
  readonly host: string;
  readonly onClose: () => void;
}

export function RemoveDomainDialog({ app, host, onClose }: RemoveDomainProps) {
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: () =>
      call("DELETE /api/v1/apps/:app/domains/:host", { params: { app: app.name, host } }),
    onSettled: () => queries.invalidateQueries(),
    onSuccess: onClose,
  });
  const refused = act.error === null ? undefined : explain(act.error);
  return (
    <Dialog label={`Remove ${host}?`} onClose={onClose}>
      <div className="stack">
        <h2>Remove {host}?</h2>
        <p>
          From then on, whoever comes by {host} is not served, and another app may take the name.{" "}
          {app.name} goes on at{" "}
          <a href={app.url} rel="noreferrer">
            {app.url}
          </a>
          .
        </p>
        {refused === undefined ? null : (
          <Notice tone="bad" title={`Nothing was removed: ${refused.sentence}`} isUrgent>
            <p className="soft">{refused.next}</p>
          </Notice>
        )}
        <div className="row">
          <Button
            look="danger"
            onPress={() => act.mutate()}
            refusal={act.isPending ? "it is asked already" : undefined}
          >
            {act.isPending ? "Removing" : "Remove it"}
          </Button>
          <Button onPress={onClose}>Leave it</Button>
          <Copy text={`tidegate domain remove ${app.name} ${host}`}>Copy as command</Copy>
        </div>
      </div>
    </Dialog>
  );
}
