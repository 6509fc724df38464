"""What lies where, and what must not lie there."""

import pathlib
import re
import subprocess

import pytest

from conftest import BUILD, CXX, ROOT, why_not_hidden

# Header below include/ -> what must be installed for it, by a header of that.
NEEDS = {
    "splitscope/memory_manager.h": "benchmark/benchmark.h",
    "splitscope/repaired_reporter.h": "benchmark/benchmark.h",
    "splitscope/gtest_peak_limit.h": "gtest/gtest.h",
}


def files_of(prefix: pathlib.Path) -> list[str]:
    return sorted(path.relative_to(prefix).as_posix() for path in prefix.rglob("*") if path.is_file())


def test_one_program_and_its_parts(prefix):
    files = files_of(prefix)
    assert [name for name in files if name.startswith("bin/")] == ["bin/splitscope"]
    assert {name for name in files if name.startswith("lib/splitscope/")} == {
        f"lib/splitscope/{name}"
        for name in ("libsplitscope_heap.so", "libsplitscope_upload.so", "splitscope_empty",
                     "splitscope_spawner")}
    for name in ("suites/quick.json", "profiles/logs.json", "reports/__main__.py",
                 "reports/policy/gate.toml", "reports/schema/result.v1.schema.json"):
        assert f"share/splitscope/{name}" in files
    suites = sorted(path.name for path in (ROOT / "suites").glob("*.json"))
    assert suites == [name.rsplit("/", 1)[1] for name in files if "/suites/" in name]


def test_no_tests_benches_or_caches(prefix):
    for name in files_of(prefix):
        assert not re.search(r"(^|/)(tests?/|test_|conftest)|_test|_bench|testing|__pycache__|\.pyc$|\.a$",
                             name), name


def test_no_file_names_the_folders_it_was_made_in(prefix):
    needles = [str(folder).encode() for folder in {ROOT, BUILD.resolve(), prefix.parent.parent / "first"}]
    for path in prefix.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [needle for needle in needles if needle in content], path


def test_the_sources_are_hidden_from_the_stranger(stranger):
    if reason := why_not_hidden():
        pytest.skip(reason)
    assert stranger.run("ls", ROOT / "suites", code=2).stdout == ""


def headers(prefix_headers: pathlib.Path = ROOT / "packaging/install.cmake") -> list[str]:
    text = prefix_headers.read_text(encoding="utf-8")
    listed = re.findall(r"^  ((?:base|strategies|harness|splitscope)/\S+\.h)\)?$", text, re.MULTILINE)
    # Those of examples lie beside what shows their use.
    return listed + [f"splitscope/{name}" for name in re.findall(r"FILES examples/\S+/(\S+\.h) ", text)]


def test_the_list_of_headers_is_what_is_installed(prefix):
    named = {name if name.startswith("splitscope/") else f"splitscope/{name}" for name in headers()}
    assert named == {path.relative_to(prefix / "include").as_posix()
                     for path in (prefix / "include").rglob("*.h")}


@pytest.mark.parametrize("header", headers())
def test_a_header_compiles_alone(header, prefix, stranger):
    needed = NEEDS.get(header)
    if header == "splitscope/catch2_peak_limit.h":
        needed = next((name for name in ("catch2/catch_test_macros.hpp", "catch2/catch.hpp")
                       if pathlib.Path("/usr/include", name).exists()), "catch2/catch.hpp")
    if needed and not pathlib.Path("/usr/include", needed).exists():
        pytest.skip(f"{needed} is not installed")
    source = stranger.folder / "alone.cc"
    source.write_text(f'#include "{header}"\nint main() {{}}\n')
    stranger.run(CXX, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
                 "-Werror", "-fsyntax-only", "-I", prefix / "include", "-I",
                 prefix / "include/splitscope", source)


def test_the_program_needs_no_library_of_ours(prefix):
    done = subprocess.run(["readelf", "-d", prefix / "bin/splitscope"], capture_output=True, text=True,
                          check=True)
    assert "RUNPATH" not in done.stdout and "RPATH" not in done.stdout
    assert "libsplitscope" not in done.stdout
