/**
 * What a client of SSH asks to be run: one of git's two services for one app, word for word as git writes it.
 * Nothing here ever becomes a command of a shell's; what is not exactly this is answered with a sentence. Pure.
 */
import { parseAppName, type AppName } from "#domain";

export type SshCommand =
  | {
      readonly kind: "git";
      readonly service: "git-upload-pack" | "git-receive-pack";
      /** As it was named; whether there is such an app is looked up later. */
      readonly name: string;
      readonly app: AppName | undefined;
    }
  | { readonly kind: "other" };

const commandCharactersMax = 200;
/** `git push ssh://git@host/shop.git` asks for '/shop.git', `git push git@host:shop.git` for 'shop.git'. */
const form = /^git[ -](upload-pack|receive-pack) '\/?([^'/\\]{1,100})\.git\/?'$/;

export function parseSshCommand(text: string): SshCommand {
  const found = text.length <= commandCharactersMax ? form.exec(text) : null;
  if (found === null) return { kind: "other" };
  const [, what, name = ""] = found;
  const app = parseAppName(name);
  return {
    kind: "git",
    service: what === "receive-pack" ? "git-receive-pack" : "git-upload-pack",
    name: name.replaceAll(/[^\x20-\x7e]/g, "?"),
    app: app.ok ? app.value : undefined,
  };
}
