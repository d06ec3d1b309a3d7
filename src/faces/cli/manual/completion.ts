/**
 * What makes a shell complete: a few lines that ask `tidegate __complete` about the words so far. It answers
 * with one candidate a line, a tab and what it is; or with `:files` or `:directories`, which shells know best.
 */

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

const bash = `# bash completion of tidegate; use: eval "$(tidegate completion bash)"
_tidegate() {
  local line current=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
      :directories) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _tidegate tidegate`;

const zsh = `#compdef tidegate
# zsh completion of tidegate; use: source <(tidegate completion zsh), after compinit
_tidegate() {
  local line
  local -a lines candidates
  lines=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case "\${lines[1]}" in
    :files) _files; return ;;
    :directories) _files -/; return ;;
    '') return 1 ;;
  esac
  for line in "\${lines[@]}"; do
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe tidegate candidates
}
compdef _tidegate tidegate`;

const fish = `# fish completion of tidegate; use: tidegate completion fish | source
function __tidegate_complete
    set -l typed (commandline -opc) (commandline -ct)
    set -l lines ($typed[1] __complete -- $typed[2..-1] 2>/dev/null)
    switch "$lines[1]"
        case :files
            __fish_complete_path (commandline -ct)
        case :directories
            __fish_complete_directories (commandline -ct)
        case '*'
            printf '%s\\n' $lines
    end
end
complete --command tidegate --no-files --arguments '(__tidegate_complete)'`;

export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
