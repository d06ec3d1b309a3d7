/** Links that were sent and let somebody in still: whom for, until when, and how to take one back. */
import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { InvitationResource } from "#faces/api/contract";
import { ask } from "../../api/ask.ts";
import { Button } from "../../ui/button.tsx";
import { Empty, Section } from "../../ui/page.tsx";
import { Question } from "../../ui/question.tsx";
import { WideTable } from "../../ui/wide-table.tsx";
import { When } from "../../ui/when.tsx";
import { invitedTo, invitee } from "./invited.ts";
import { useAct } from "./use-act.ts";

const columns = ["For", "Will be", "From", "Made", "Ends", "Act"];

export function OpenInvitations() {
  const { data } = useSuspenseQuery(ask("GET /api/v1/invitations", {}));
  const [asked, setAsked] = useState<InvitationResource>();
  const open = data.invitations.filter(({ state }) => state === "open");
  return (
    <Section
      title="Open invitations"
      id="invitations"
      command="tidegate invitation list"
      json={{ invitations: open }}
    >
      {open.length === 0 ? (
        <Empty>No link is open: each was used, taken back, or has ended.</Empty>
      ) : (
        <WideTable label="Open invitations" columns={columns}>
          {open.map((invitation) => (
            <tr key={invitation.id}>
              <th scope="row">
                <bdi>{invitee(invitation)}</bdi>
              </th>
              <td>{invitedTo(invitation)}</td>
              <td>
                <bdi>{invitation.createdBy}</bdi>
              </td>
              <td>
                <When at={invitation.createdAt} />
              </td>
              <td>
                <When at={invitation.expiresAt} />
              </td>
              <td>
                <Button
                  look="quiet"
                  label={`Take back the invitation for ${invitee(invitation)}`}
                  onPress={() => setAsked(invitation)}
                >
                  Take back
                </Button>
              </td>
            </tr>
          ))}
        </WideTable>
      )}
      {asked === undefined ? null : (
        <TakeBack invitation={asked} onClose={() => setAsked(undefined)} />
      )}
    </Section>
  );
}

function TakeBack({
  invitation,
  onClose,
}: {
  readonly invitation: InvitationResource;
  readonly onClose: () => void;
}) {
  const act = useAct("DELETE /api/v1/invitations/:invitation");
  const { id } = invitation;
  return (
    <Question
      label={`Take back the invitation for ${invitee(invitation)}?`}
      does="Take it back"
      doing="Taking it back"
      command={`tidegate invitation revoke ${id}`}
      act={act}
      onDo={() => act.mutate({ params: { invitation: id } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>
        Whoever opens its link is let in no more, and told that it was taken back. You can make
        another one.
      </p>
    </Question>
  );
}
