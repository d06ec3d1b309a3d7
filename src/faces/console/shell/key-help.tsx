import { Fragment } from "react";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { useOfferedActions } from "./actions.tsx";
import { destinations } from "./destinations.ts";

/** Every key that does something on this page. */
export function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  const actions = useOfferedActions();
  const keys = [
    ["Ctrl K", "search, and do anything by its name"],
    ["/", "the same"],
    ["?", "these keys"],
    ...destinations.map(({ key, label }) => [`g ${key}`, `go to ${label.toLowerCase()}`]),
    ...actions.map(({ key, label }) => [key, label.toLowerCase()]),
  ];
  return (
    <Dialog label="Keys" onClose={onClose}>
      <h2>Keys</h2>
      <dl className="keys-list">
        {keys.map(([key, meaning]) => (
          <Fragment key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </Fragment>
        ))}
      </dl>
      <div>
        <Button onPress={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}
