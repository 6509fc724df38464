"""Completions for bash, zsh and fish, without a call of the program while the user types."""

from __future__ import annotations

import pathlib

from commands import Option, Program, Verb

# Values that are chosen from a list, by the long name of an option or the name of an operand. What is
# not here is a file, if it has a value at all.
CHOICES = {
    "--strategy": "strategies", "--workload": "workloads", "--allocator": "allocators",
    "--suite": "suites", "--profile": "profiles", "topic": "topics",
}
WORDS = {
    "--cache": ("warm", "cold"),
    "--mode": ("auto", "single", "read-all", "multipart-buffered", "multipart-streamed"),
    "--payload": ("signed", "unsigned"),
    "--dictionaries": ("stored", "zstd"),
    "--only": ("exact", "kernel", "time"),
    "--held-by": ("auto", "cgroup", "rlimit_data"),
}
# Options whose value is neither chosen from a list nor a file.
FREE = {
    "--bucket", "case", "--concurrency", "--count", "--endpoint", "--fault", "--memory-cap", "--minimum-part", "--name",
    "--part-size", "--port", "--prefix", "--query", "--region", "--repetitions", "--sample-interval",
    "--seed", "--size", "--timeout", "--top",
}


def choices_of(option: Option, program: Program) -> tuple[str, ...] | None:
    """None where the value is a file; empty where it can be anything."""
    key = option.long or option.value
    if key in CHOICES:
        return program.choices[CHOICES[key]]
    if key in WORDS:
        return WORDS[key]
    return () if key in FREE else None


def write_completions(program: Program, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in (("splitscope", bash), ("_splitscope", zsh), ("splitscope.fish", fish)):
        (folder / name).write_text(make(program), encoding="utf-8")


def top_verbs(program: Program) -> list[Verb]:
    return [verb for verb in program.verbs if " " not in verb.name]


def bash(program: Program) -> str:
    verbs = " ".join(verb.name for verb in top_verbs(program))
    own = " ".join(name for option in program.options for name in option.names)
    words, values, operands = [], [], []
    for verb in program.verbs:
        names = " ".join(name for option in verb.options for name in option.names)
        parts = " ".join(part.name.split()[1] for part in program.parts_of(verb))
        words.append(f'    "{verb.name}") words="{names}" parts="{parts}" ;;')
        for option in verb.options:
            if option.value:
                pattern = "|".join(f'"{verb.name} {name}"' for name in option.names)
                values.append(f"    {pattern}) {bash_value(choices_of(option, program))} ;;")
        for operand in verb.operands[:1]:
            chosen = choices_of(operand, program)
            if chosen:
                operands.append(f'    "{verb.name}") {bash_value(chosen)}; return ;;')
    return f"""# Completion of splitscope for bash. Made from the program's own help.

_splitscope_files() {{
  compopt -o filenames 2>/dev/null
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$1")
}}

_splitscope_words() {{
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -W "$1" -- "$2")
}}

_splitscope() {{
  local now="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD - 1]}}"
  local verb="" words="" parts="" at
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    _splitscope_words "{verbs} {own}" "$now"
    return
  fi
  verb="${{COMP_WORDS[1]}}"
  # What follows exec -- or floor -- is another program's.
  if [ "$verb" = exec ] || [ "$verb" = floor ]; then
    for ((at = 2; at < COMP_CWORD; ++at)); do
      if [ "${{COMP_WORDS[at]}}" = -- ]; then _splitscope_files "$now"; return; fi
    done
  fi
  if [ "$COMP_CWORD" -gt 2 ]; then
    case "$verb ${{COMP_WORDS[2]}}" in
{bash_parts(program)}
    esac
  fi
  case "$verb $before" in
{chr(10).join(values)}
  esac
  case "$verb" in
{chr(10).join(words)}
  esac
  case "$now" in
    -*) _splitscope_words "$words" "$now"; return ;;
  esac
  if [ -n "$parts" ]; then _splitscope_words "$parts" "$now"; return; fi
  case "$verb" in
{chr(10).join(operands)}
  esac
  _splitscope_files "$now"
}}

complete -F _splitscope splitscope
"""


def bash_parts(program: Program) -> str:
    parts = [f'"{verb.name}"' for verb in program.verbs if " " in verb.name]
    return f'      {"|".join(parts)}) verb+=" ${{COMP_WORDS[2]}}" ;;' if parts else ""


def bash_value(chosen: tuple[str, ...] | None) -> str:
    if chosen is None:
        return '_splitscope_files "$now"; return'
    return f'_splitscope_words "{" ".join(chosen)}" "$now"; return' if chosen else "return"


def zsh(program: Program) -> str:
    verbs = "\n".join(f"    {quoted(verb.name + ':' + verb.about)}" for verb in top_verbs(program))
    cases = "\n".join(zsh_case(verb, program) for verb in program.verbs if " " not in verb.name)
    own = " \\\n    ".join(zsh_option(option, program) for option in program.options)
    return f"""#compdef splitscope
# Completion of splitscope for zsh. Made from the program's own help.

_splitscope_verbs() {{
  local -a verbs
  verbs=(
{verbs}
  )
  _describe -t commands 'splitscope command' verbs
}}

_splitscope() {{
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C \\
    {own} \\
    '1: :_splitscope_verbs' \\
    '*:: :->rest'
  [[ $state == rest ]] || return
  case $words[1] in
{cases}
  esac
}}

_splitscope "$@"
"""


def zsh_case(verb: Verb, program: Program) -> str:
    parts = program.parts_of(verb)
    if not parts:
        return f"    {verb.name})\n      {zsh_arguments(verb, program)} ;;"
    names = " ".join(part.name.split()[1] for part in parts)
    inner = "\n".join(f"        {part.name.split()[1]}) {zsh_arguments(part, program)} ;;" for part in parts)
    own = " ".join(zsh_option(option, program) for option in verb.options)
    return f"""    {verb.name})
      if (( CURRENT == 2 )); then
        _arguments {own} '1: :({names})'
        return
      fi
      shift words; (( CURRENT-- ))
      case $words[1] in
{inner}
      esac ;;"""


def zsh_arguments(verb: Verb, program: Program) -> str:
    if verb.name in ("exec", "floor"):
        return "_arguments " + " ".join(zsh_option(option, program) for option in verb.options) + \
            " '*::command:_normal'"
    words = [zsh_option(option, program) for option in verb.options]
    for operand in verb.operands:
        star = "*" if operand.repeatable else ""
        words.append(quoted(f"{star}:{operand.value}:{zsh_value(choices_of(operand, program))}"))
    return "_arguments " + " \\\n        ".join(words)


def zsh_option(option: Option, program: Program) -> str:
    about = option.about.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    value = f":{option.value}:{zsh_value(choices_of(option, program))}" if option.value else ""
    star = "*" if option.repeatable else ""
    return " ".join(quoted(f"{star}{name}[{about}]{value}") for name in option.names)


def zsh_value(chosen: tuple[str, ...] | None) -> str:
    if chosen is None:
        return "_files"
    return f"({' '.join(chosen)})" if chosen else " "


def fish(program: Program) -> str:
    lines = ["# Completion of splitscope for fish. Made from the program's own help.",
             "complete -c splitscope -f"]
    for option in program.options:
        lines.append(fish_line("__fish_use_subcommand", option, program))
    for verb in top_verbs(program):
        lines.append(f"complete -c splitscope -n __fish_use_subcommand -a {verb.name} "
                     f"-d {fish_quoted(verb.about)}")
    for verb in program.verbs:
        name, _, part = verb.name.partition(" ")
        where = f"__fish_seen_subcommand_from {name}"
        if part:
            where += f"; and __fish_seen_subcommand_from {part}"
        parts = [other.name.split()[1] for other in program.parts_of(verb)]
        if parts:
            where += f"; and not __fish_seen_subcommand_from {' '.join(parts)}"
            lines.append(f"complete -c splitscope -n '{where}' -a '{' '.join(parts)}'")
        for option in verb.options:
            lines.append(fish_line(where, option, program))
        for operand in verb.operands[:1]:
            chosen = choices_of(operand, program)
            more = "-F" if chosen is None else f"-a '{' '.join(chosen)}'"
            lines.append(f"complete -c splitscope -n '{where}' {more}")
    return "\n".join(lines) + "\n"


def fish_line(where: str, option: Option, program: Program) -> str:
    words = [f"complete -c splitscope -n '{where}'"]
    for name in option.names:
        words.append(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}")
    if option.value:
        chosen = choices_of(option, program)
        words.append("-r -F" if chosen is None else f"-x -a '{' '.join(chosen)}'" if chosen else "-x")
    words.append(f"-d {fish_quoted(option.about)}")
    return " ".join(words)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
