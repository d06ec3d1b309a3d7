/**
 * The two fixed shell scripts between the server and a program. Shell, because the wrapper must start
 * in a millisecond and outlive us (a Node process takes 70 ms and 40 MB); fixed, because everything
 * that varies arrives as an argument or on a descriptor and is never parsed as a program.
 */
import { sha256Hex } from "#std";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What the exit file holds before the end; the same length as after, so that a full disk cannot keep it. */
export const runningMark = "running  \n";

/**
 * Outside the sandbox: claims the directory (who comes second leaves with 97, which is what makes a step
 * run once), joins the control groups, runs the command, writes how it ended.
 */
const runScript = `# DIRECTORY FILE_BLOCKS WALL_SECONDS [CGROUP...] -- COMMAND...
set -C
tg_dir=$1 tg_blocks=$2 tg_wall=$3
shift 3
tg_boot=
tg_stat="$$ (sh) S $PPID 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"
if [ -r /proc/self/stat ]; then
  read -r tg_boot </proc/sys/kernel/random/boot_id
  read -r tg_stat </proc/self/stat
fi
{ printf '%s\\n%s\\n' "$tg_boot" "$tg_stat" >"$tg_dir/claim"; } 2>/dev/null || exit 97
finish() {
  printf 'ended %3d\\n' "$1" 1<>"$tg_dir/exit"
  exit "$1"
}
trap : HUP INT TERM
while [ "$1" != -- ]; do
  printf '%s\\n' $$ >|"$1/cgroup.procs" || finish 98
  shift
done
shift
ulimit -c 0
[ "$tg_blocks" = - ] || ulimit -f "$tg_blocks" || finish 98
[ "$tg_wall" = - ] || set -- timeout -s KILL "$tg_wall" "$@"
# The shell's own remarks ("Killed") are not the program's output; the subshell becomes the program.
exec 5>&2 2>/dev/null
(exec "$@" 2>&5 5>&-)
finish $?
`;

/**
 * Inside the sandbox, as the app's own user: takes the environment from standard input ("=" starts a
 * variable, "+" continues one that has several lines, "." ends), then runs the commands in turn, each
 * given as its number of arguments and the arguments. The last one replaces the shell.
 */
const enterScript = `# COUNT ARG... [COUNT ARG...]...
tg_run() (
  tg_left=$1
  shift
  tg_rest=$(($# - tg_left))
  while [ "$tg_left" -gt 0 ]; do
    set -- "$@" "$1"
    shift
    tg_left=$((tg_left - 1))
  done
  shift "$tg_rest"
  exec "$@"
)
unset tg_pair
tg_complete=no
while IFS= read -r tg_line; do
  case $tg_line in
    =*)
      [ -z "\${tg_pair+x}" ] || export "$tg_pair"
      tg_pair=\${tg_line#=}
      ;;
    +*)
      tg_pair="$tg_pair
\${tg_line#+}"
      ;;
    .)
      tg_complete=yes
      break
      ;;
  esac
done
[ -z "\${tg_pair+x}" ] || export "$tg_pair"
exec </dev/null
if [ "$tg_complete" != yes ]; then
  echo "tidegate: the environment was cut short; start it again" >&2
  exit 96
fi
while :; do
  tg_count=$1
  shift
  if [ "$tg_count" -eq $# ]; then exec "$@"; fi
  tg_run "$tg_count" "$@" || exit $?
  shift "$tg_count"
done
`;

export interface Scripts {
  readonly run: string;
  readonly enter: string;
}

/** Writes the scripts below `directory`, named by content: a running shell still reads its own. */
export async function installScripts(directory: string): Promise<Scripts> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const install = async (name: string, text: string): Promise<string> => {
    const file = join(directory, `${name}-${sha256Hex(text).slice(0, 12)}.sh`);
    await writeFile(`${file}.${process.pid}`, text, { mode: 0o644 });
    await rename(`${file}.${process.pid}`, file);
    return file;
  };
  return { run: await install("run", runScript), enter: await install("enter", enterScript) };
}

/** Names that mean something to the shell itself, or that it cannot hold; they go through env(1). */
const shellNames = new Set([
  "IFS",
  "LINENO",
  "OPTIND",
  "OPTARG",
  "PPID",
  "PWD",
  "OLDPWD",
  "UID",
  "EUID",
]);

function isShellSafe(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !shellNames.has(name) && !name.startsWith("tg_");
}

/** Renders an environment for `enterScript`; NUL cannot be part of one and ends the value there. */
export function renderEnvironment(env: Readonly<Record<string, string>>): string {
  const lines = Object.entries(env)
    .filter(([name]) => isShellSafe(name))
    .map(([name, value]) => `=${name}=${cut(value).replaceAll("\n", "\n+")}\n`);
  return `${lines.join("")}.\n`;
}

/** Renders commands for `enterScript`, with what only env(1) can set in front of each. */
export function renderCommands(
  commands: readonly (readonly string[])[],
  env: Readonly<Record<string, string>>,
): readonly string[] {
  const odd = Object.entries(env)
    .filter(([name]) => !isShellSafe(name) && name !== "" && !/[=\0]/.test(name))
    .map(([name, value]) => `${name}=${cut(value)}`);
  const prefix = odd.length === 0 ? [] : ["env", "--", ...odd];
  return commands.flatMap((argv) => {
    const whole = [...prefix, ...argv.map(cut)];
    return [String(whole.length), ...whole];
  });
}

function cut(value: string): string {
  const end = value.indexOf("\0");
  return end < 0 ? value : value.slice(0, end);
}
