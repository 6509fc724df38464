"""Manual pages: splitscope(1) from its text with the verbs put in, and one page for each verb."""

from __future__ import annotations

import pathlib
import textwrap

from commands import Option, Program, Verb


def write_manual(program: Program, version: str, text: str, folder: pathlib.Path) -> None:
    """`text` is the page of the program itself, with a line @VERBS@ and a line @OPTIONS@."""
    folder.mkdir(parents=True, exist_ok=True)
    verbs = [verb for verb in program.verbs if " " not in verb.name]
    listed = "\n".join(f".TP\n.BR {page_of(verb)} (1)\n{escape(sentence(verb.about))}" for verb in verbs)
    options = "\n".join(map(option_lines, program.options))
    main = title("splitscope", version) + text.replace("@VERBS@", listed).replace("@OPTIONS@", options)
    (folder / "splitscope.1").write_text(main, encoding="utf-8")
    for verb in verbs:
        page = verb_page(verb, program.parts_of(verb), version)
        (folder / f"{page_of(verb)}.1").write_text(page, encoding="utf-8")


def page_of(verb: Verb) -> str:
    return f"splitscope-{verb.name}"


def title(name: str, version: str) -> str:
    return f'.TH {name.upper()} 1 "" "splitscope {version}" "User Commands"\n'


def verb_page(verb: Verb, parts: list[Verb], version: str) -> str:
    name = page_of(verb)
    lines = [title(name, version) + ".SH NAME", f"{escape(name)} \\- {escape(lowered(verb.about))}",
             ".SH SYNOPSIS", "\n.br\n".join(map(synopsis, parts or [verb]))]
    for each in [verb, *parts]:
        heading = f'.SH "{each.name.upper()}"' if " " in each.name else ".SH DESCRIPTION"
        lines += [heading, escape(sentence(each.about))]
        lines += [line for operand in each.operands if operand.about for line in operand_lines(operand)]
        if each.options:
            lines.append(".SS Options" if " " in each.name else ".SH OPTIONS")
            lines += map(option_lines, each.options)
        if each.footer:
            lines += [".SH NOTES" if " " not in each.name else ".SS Notes", footer_lines(each.footer)]
    lines += [".SH SEE ALSO", ".BR splitscope (1)"]
    return "\n".join(lines) + "\n"


def synopsis(verb: Verb) -> str:
    words = []
    for option in verb.options:
        if option.required:
            words.append(f"{bold(option.long)} {italic(option.value)}")
    words += [italic(each.value) + ("..." if each.repeatable else "") for each in verb.operands]
    return f".B splitscope {escape(verb.name)}\n" + " ".join(["[options]", *words])


def operand_lines(operand: Option) -> list[str]:
    more = " One or more." if operand.repeatable and "one or more" not in operand.about else ""
    return [".TP", italic(operand.value), escape(sentence(operand.about)) + more]


def option_lines(option: Option) -> str:
    names = ", ".join(bold(name) for name in sorted(option.names, key=len))
    value = f" {italic(option.value)}" if option.value else ""
    about = sentence(option.about)
    if option.default and option.value:
        about += f" Default: {option.default}."
    if option.required:
        about += " Required."
    if option.repeatable and "repeat" not in about:
        about += " May be repeated."
    return f".TP\n{names}{value}\n{escape(about)}"


def footer_lines(text: str) -> str:
    if "\n" in text.strip():
        return f".nf\n{escape(textwrap.dedent(text).strip())}\n.fi"
    return escape(text.strip())


def sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?" else text + "."


def lowered(text: str) -> str:
    return (text[:1].lower() + text[1:]).rstrip(".")


def bold(text: str) -> str:
    return f"\\fB{escape(text)}\\fR"


def italic(text: str) -> str:
    return f"\\fI{escape(text)}\\fR"


def escape(text: str) -> str:
    """A hyphen that is typed, a backslash, and no line that begins as a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line
                     for line in text.split("\n"))
