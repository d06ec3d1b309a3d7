/** The question before something that cannot be taken back by a second press: what it does, and the way out. */
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Copy } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { explain } from "./explain.ts";
import { Notice } from "./notice.tsx";

export interface QuestionProps {
  /** As it is read out: "Disable ana?". */
  readonly label: string;
  /** Pressed, it does it; and what stands there meanwhile. */
  readonly does: string;
  readonly doing: string;
  /** Before the reason, when it was refused: "Nothing was done". */
  readonly undone?: string;
  readonly command: string;
  readonly act: { readonly isPending: boolean; readonly error: Error | null };
  readonly onDo: () => void;
  readonly onClose: () => void;
  /** What it does, and to whom. */
  readonly children: ReactNode;
}

export function Question(props: QuestionProps) {
  const { label, does, doing, undone = "Nothing was done", command, act, onClose } = props;
  const refused = act.error === null ? undefined : explain(act.error);
  return (
    <Dialog label={label} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!act.isPending) props.onDo();
        }}
      >
        <h2>
          <bdi>{label}</bdi>
        </h2>
        {props.children}
        {refused === undefined ? null : (
          <Notice tone="bad" title={`${undone}: ${refused.sentence}`} isUrgent>
            <p className="soft">{refused.next}</p>
          </Notice>
        )}
        <div className="row">
          <Button
            type="submit"
            look="danger"
            onPress={() => undefined}
            refusal={act.isPending ? "it is asked already" : undefined}
          >
            {act.isPending ? doing : does}
          </Button>
          <Button onPress={onClose}>Leave it</Button>
          <Copy text={command}>Copy as command</Copy>
        </div>
      </form>
    </Dialog>
  );
}
