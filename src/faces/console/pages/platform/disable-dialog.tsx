/** The question before a user's every way in is closed. */
import { Question } from "../../ui/question.tsx";
import { useAct } from "./use-act.ts";

interface DisableProps {
  readonly user: string;
  readonly onClose: () => void;
}

export function DisableDialog({ user, onClose }: DisableProps) {
  const act = useAct("POST /api/v1/users/:user/disable");
  return (
    <Question
      label={`Disable ${user}?`}
      does="Disable"
      doing="Disabling"
      command={`tidegate user disable ${user}`}
      act={act}
      onDo={() => act.mutate({ params: { user } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>
        Their sessions, tokens and SSH keys end at once, and they are let in no more. What they did
        stays in the journal; you can enable them again.
      </p>
    </Question>
  );
}
