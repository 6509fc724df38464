"""Manual pages and completions know every verb and option that --help shows."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "packaging/help"))
import completion  # noqa: E402
from commands import read_commands  # noqa: E402

# An option where --help lists it: at the start of a line, or after a comma there.
LISTED = re.compile(r"^ {2}(-\S.*)$", re.MULTILINE)


def options_of(text: str) -> set[str]:
    """What stands in the left column: everything up to the first two spaces or the type."""
    found = set()
    for line in LISTED.findall(text):
        for word in re.split(r",\s*|\s+", line):
            if not re.fullmatch(r"--?[a-zA-Z0-9][\w-]*(\{false\})?", word):
                # A metavariable may stand between two names of the same option: "-o DIR, --out DIR".
                if re.fullmatch(r"[A-Z]+", word) and line.count(", --"):
                    continue
                break
            found.add(word.removesuffix("{false}"))
    return found


def verbs_of(text: str) -> list[str]:
    below = re.split(r"^subcommands:\s*$", text, flags=re.MULTILINE | re.IGNORECASE)[1]
    return re.findall(r"^ {2}([a-z][\w-]*) ", below, re.MULTILINE)


@pytest.fixture(scope="module")
def helped(stranger) -> dict[str, set[str]]:
    """Verb ("" for none) -> its options, from --help."""
    top = stranger.splitscope("--help").stdout
    found = {"": options_of(top)}
    verbs = verbs_of(top)
    assert {"run", "merge", "gate", "baseline"} <= set(verbs)
    for verb in [*verbs, "baseline save", "baseline show"]:
        text = stranger.splitscope(*verb.split(), "--help", env={"COLUMNS": "200"}).stdout
        found[verb] = options_of(text)
        assert "--help" in found[verb], text
    assert {"-o", "--output", "--verify", "--no-sync"} <= found["merge"]
    assert {"-o", "--out", "--baseline"} <= found["report"]
    return found


def page_name(verb: str) -> str:
    return "splitscope" + (f"-{verb.split()[0]}" if verb else "")


def test_every_verb_and_option_is_in_its_page(helped, prefix):
    for verb, options in helped.items():
        page = (prefix / f"share/man/man1/{page_name(verb)}.1").read_text()
        plain = page.replace("\\-", "-")
        for option in options:
            assert re.search(rf"\\fB{re.escape(option)}\\fR", plain), (verb, option)
    main = (prefix / "share/man/man1/splitscope.1").read_text().replace("\\-", "-")
    for verb in helped:
        if verb and " " not in verb:
            assert f"splitscope-{verb} (1)" in main


def test_there_is_no_page_of_a_verb_that_is_gone(helped, prefix):
    pages = {path.name for path in (prefix / "share/man/man1").iterdir()}
    assert pages == {f"{page_name(verb)}.1" for verb in helped}


def test_pages_have_no_errors(prefix):
    pages = sorted(map(str, (prefix / "share/man/man1").iterdir()))
    if shutil.which("mandoc"):
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *pages], capture_output=True, text=True,
                              check=False)
        said = [line for line in done.stdout.splitlines() if "missing date" not in line]
    elif shutil.which("groff"):
        done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", *pages], capture_output=True, text=True,
                              check=False)
        said = done.stderr.splitlines()
    else:
        pytest.skip("neither mandoc nor groff is installed")
    assert not said


# Completions

def completed_by_bash(prefix, *words: str) -> set[str]:
    """What bash offers for the last of the words."""
    script = prefix / "share/bash-completion/completions/splitscope"
    line = ' '.join("'" + word.replace("'", "'\\''") + "'" for word in words)
    done = subprocess.run(
        ["bash", "--norc", "-c", f'source "$0"; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; '
         '_splitscope; printf "%s\\n" "${COMPREPLY[@]}"', str(script)],
        capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")) - {""}


def test_bash_completes_every_verb_and_option(helped, prefix):
    offered = completed_by_bash(prefix, "splitscope", "")
    assert {verb for verb in helped if verb and " " not in verb} <= offered
    assert helped[""] <= completed_by_bash(prefix, "splitscope", "-")
    for verb, options in helped.items():
        if verb:
            assert options == completed_by_bash(prefix, "splitscope", *verb.split(), "-"), verb
    assert completed_by_bash(prefix, "splitscope", "baseline", "") == {"save", "show"}


def test_bash_completes_values(prefix, tmp_path):
    assert "mmap-view" in completed_by_bash(prefix, "splitscope", "merge", "--strategy", "")
    assert completed_by_bash(prefix, "splitscope", "run", "--suite", "qu") == {"quick"}
    assert completed_by_bash(prefix, "splitscope", "list", "su") == {"suites"}
    assert completed_by_bash(prefix, "splitscope", "generate", "--size", "") == set()
    (tmp_path / "a b.split").touch()
    assert completed_by_bash(prefix, "splitscope", "merge", f"{tmp_path}/a") == {f"{tmp_path}/a b.split"}
    assert f"{tmp_path}/a b.split" in completed_by_bash(
        prefix, "splitscope", "exec", "--", "cat", f"{tmp_path}/")


def test_zsh_knows_every_verb_and_option(helped, prefix):
    path = prefix / "share/zsh/site-functions/_splitscope"
    text = path.read_text()
    for verb, options in helped.items():
        if verb:
            case = re.search(rf"^ +{verb.split()[-1]}\)(.*?);;$", text, re.MULTILINE | re.DOTALL)
            assert case, verb
            named = set(re.findall(r"'\*?(--?[\w-]+)\[", case.group(1)))
            assert options <= named, (verb, options - named)
            assert re.search(rf"^    '{verb}:", text, re.MULTILINE) or " " in verb
    if not shutil.which("zsh"):
        pytest.skip("zsh is not installed: the file was read, not loaded")
    subprocess.run(["zsh", "-n", path], check=True)


def test_fish_completes_every_verb_and_option(helped, prefix):
    path = prefix / "share/fish/vendor_completions.d/splitscope.fish"
    text = path.read_text()
    for verb, options in helped.items():
        for option in options:
            name = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
            where = verb.split()[-1] if verb else "__fish_use_subcommand"
            assert re.search(rf"^complete .*{where}.* {name} ", text, re.MULTILINE), (verb, option)
    if not shutil.which("fish"):
        pytest.skip("fish is not installed: the file was read, not loaded")
    for verb, options in helped.items():
        done = subprocess.run(
            ["fish", "--no-config", "-c", f'source "$argv[1]"; complete -C"splitscope {verb} -"', path],
            capture_output=True, text=True, check=True, env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"})
        offered = {line.split("\t")[0] for line in done.stdout.splitlines()}
        assert options <= offered, (verb, options - offered)


# The lists that the generator keeps beside the program

def test_the_generators_lists_name_only_what_exists(prefix):
    program = read_commands(prefix / "bin/splitscope")
    known = {option.long for verb in program.verbs for option in verb.options}
    known |= {operand.value for verb in program.verbs for operand in verb.operands}
    for names in (completion.CHOICES, completion.WORDS, completion.FREE):
        assert set(names) <= known, set(names) - known
    assert not completion.FREE & (set(completion.CHOICES) | set(completion.WORDS))
