/** The question before users who come by a name are served no more. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { AppResource } from "#faces/api/contract";
import { call } from "../../api/call.ts";
import { Question } from "../../ui/question.tsx";

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
  return (
    <Question
      label={`Remove ${host}?`}
      does="Remove it"
      doing="Removing"
      undone="Nothing was removed"
      command={`tidegate domain remove ${app.name} ${host}`}
      act={act}
      onDo={() => act.mutate()}
      onClose={onClose}
    >
      <p>
        From then on, whoever comes by {host} is not served, and another app may take the name.{" "}
        {app.name} goes on at{" "}
        <a href={app.url} rel="noreferrer">
          {app.url}
        </a>
        .
      </p>
    </Question>
  );
}
