/** The question before a user's every way in is closed. */
import { Button } from "../../ui/button.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { explain } from "../../ui/explain.ts";
import { Notice } from "../../ui/notice.tsx";
import { useAct } from "./use-act.ts";

interface DisableProps {
  readonly user: string;
  readonly onClose: () => void;
}

export function DisableDialog({ user, onClose }: DisableProps) {
  const act = useAct("POST /api/v1/users/:user/disable");
  const refused = act.error === null ? undefined : explain(act.error);
  return (
    <Dialog label={`Disable ${user}?`} onClose={onClose}>
      <div className="stack">
        <h2>
          Disable <bdi>{user}</bdi>?
        </h2>
        <p>
          Their sessions, tokens and SSH keys end at once, and they are let in no more. What they
          did stays in the journal; you can enable them again.
        </p>
        {refused === undefined ? null : (
          <Notice tone="bad" title={`Nothing was done: ${refused.sentence}`} isUrgent>
            <p className="soft">{refused.next}</p>
          </Notice>
        )}
        <div className="row">
          <Button
            look="danger"
            onPress={() => act.mutate({ params: { user } }, { onSuccess: onClose })}
            refusal={act.isPending ? "it is asked already" : undefined}
          >
            {act.isPending ? "Disabling" : "Disable"}
          </Button>
          <Button onPress={onClose}>Leave it</Button>
          <Copy text={`tidegate user disable ${user}`}>Copy as command</Copy>
        </div>
      </div>
    </Dialog>
  );
}
