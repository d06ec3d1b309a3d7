/**
 * The two hooks, in POSIX sh: a Node start would cost 70 ms of every push.
 *
 * A hook talks to the server over file descriptor 3, one end of a socket pair the server made when it
 * started git: nothing to name, create or clean up, and when the server dies the kernel tells the hook
 * by end of file, so it cannot hang. decisions/0060 compares this with FIFOs and sockets.
 */
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The file descriptor of the socket pair in git and its hooks. */
export const channelFd = 3;

const preamble = `#!/bin/sh
# Written by Tidegate at each start; changes are lost.
if [ "\${TIDEGATE_CHANNEL:-}" != ${channelFd} ]; then
  echo "Push to the address that 'tidegate app show' gives." >&2
  exit 1
fi
`;

// An option is the client's text, and ends at its first line break: the next line would be ours to say.
const listen = (hook: string): string => `
newline='
'
{
  printf '%s\\n' "${hook}" "quarantine \${GIT_QUARANTINE_PATH:-}"
  while IFS= read -r update; do printf 'update %s\\n' "$update"; done
  index=0
  while [ "$index" -lt "\${GIT_PUSH_OPTION_COUNT:-0}" ]; do
    eval "option=\\$GIT_PUSH_OPTION_$index"
    printf 'option %s\\n' "\${option%%"$newline"*}"
    index=$((index + 1))
  done
  echo end
} >&${channelFd}
while IFS= read -r line <&${channelFd}; do
  case $line in
    "say "*) printf '%s\\n' "\${line#say }" ;;
    accept | end) exit 0 ;;
    refuse) exit 1 ;;
  esac
done
`;

const scripts = {
  "pre-receive": `${preamble}${listen("pre-receive")}
echo "Tidegate stopped before this push was accepted: nothing has changed. Push again."
exit 1
`,
  "post-receive": `${preamble}${listen("post-receive")}
echo "Tidegate stopped while it was delivering. The push is safe and goes on when it is back."
echo "next: tidegate change list"
`,
} as const;

/** Writes the hooks; a running push keeps the file it started with. */
export async function installHooks(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  for (const [name, text] of Object.entries(scripts)) {
    const temporary = join(directory, `.${name}.new`);
    await writeFile(temporary, text, { mode: 0o755 });
    await chmod(temporary, 0o755);
    await rename(temporary, join(directory, name));
  }
}
