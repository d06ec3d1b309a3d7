/** An app's first delivery, which installs what later ones restore. */
import type { Author } from "./author.ts";
import type { Platform } from "./platform.ts";
import { firstAnswerWith, openVisitor } from "./visitor.ts";

export interface Beginning {
  readonly app: string;
  readonly files: Readonly<Record<string, string>>;
  /** What the first release answers. */
  readonly mark: string;
}

/** Creates the app, adds the remote `tide`, pushes, and waits until it answers. */
export async function begin(
  platform: Platform,
  author: Author,
  { app, files, mark }: Beginning,
): Promise<void> {
  await platform.api("POST", "/apps", { name: app });
  await author.git("remote", "add", "tide", platform.gitUrl(app));
  await author.commit("Begin", files);
  const { isAccepted, output } = await author.push("tide");
  if (!isAccepted) throw new Error(output);
  using visitor = openVisitor(`${app}.localhost`, platform.edgePort);
  await firstAnswerWith(mark, visitor, { startedAt: performance.now() }).catch((cause: unknown) => {
    throw new Error(`the first release does not answer:\n${output}`, { cause });
  });
}
