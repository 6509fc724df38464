"""Results are never lost: the place of the output, full disks, two runs into one folder, what was there."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from runs import Started, names_in, results_of, samples_of, write_suite


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 32 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", folder],
                             capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("a small tmpfs cannot be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def spoil_as_file(out):
    out.write_text("mine")


def spoil_with_folder(out):
    (out / "results.json").mkdir(parents=True)


def spoil_with_device(out):
    out.mkdir()
    (out / "results.json").symlink_to("/dev/null")


def spoil_with_pipe(out):
    out.mkdir()
    os.mkfifo(out / "results.json")


@pytest.mark.parametrize("spoil", [spoil_as_file, spoil_with_folder, spoil_with_device,
                                   spoil_with_pipe])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_measured(
        splitscope, tmp_path, spoil):
    spoil(tmp_path / "out")
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    suite = write_suite(tmp_path)
    splitscope.refuses("run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir",
                       tmp_path / "cache")
    splitscope.refuses("exec", "--out", tmp_path / "out", "--", "touch", tmp_path / "measured")
    suite.unlink()
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


def test_a_full_disk_is_refused_before_anything_is_measured(splitscope, tmp_path, small_disk):
    suite = write_suite(tmp_path)
    said = splitscope.refuses("run", "--suite", suite, "--out", small_disk, "--cache-dir",
                              tmp_path / "cache")
    assert "No space left" in said
    said = splitscope.refuses("exec", "--out", small_disk / "new", "--", "touch",
                              tmp_path / "measured")
    assert "No space left" in said
    assert names_in(small_disk) == []
    assert not (tmp_path / "cache").exists() and not (tmp_path / "measured").exists()


def test_a_file_size_limit_keeps_the_old_results(splitscope, tmp_path):
    suite = write_suite(tmp_path, 1)
    splitscope("run", "--suite", suite, "--out", tmp_path / "out", "--cache-dir", tmp_path / "c")
    before = (tmp_path / "out/results.json").read_bytes()
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 4; exec "$0" run --suite "$1" --out "$2" --cache-dir "$3"',
         splitscope.binary, suite, tmp_path / "out", tmp_path / "c"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert (tmp_path / "out/results.json").read_bytes() == before
    assert names_in(tmp_path / "out") == ["results.json"]


def test_folders_that_were_made_for_nothing_are_removed(splitscope, tmp_path):
    suite = write_suite(tmp_path, workloads=["merge"])
    suite.write_text(suite.read_text().replace("tiny-docs", "nothing"))
    splitscope("run", "--suite", suite, "--out", tmp_path / "a/b/c", "--cache-dir",
               tmp_path / "cache", code=1)
    assert not (tmp_path / "a").exists()


def test_an_earlier_result_is_kept_until_the_new_one_is_complete(splitscope, cache, tmp_path):
    out = tmp_path / "out"
    splitscope("run", "--suite", write_suite(tmp_path, 2), "--out", out, "--cache-dir", cache)
    old = (out / "results.json").read_bytes()
    suite = write_suite(tmp_path, 30, name="longer.json")
    run = Started(splitscope, "run", "--suite", suite, "--out", out, "--cache-dir", cache)
    while "results.json" not in names_in(out) or not any(
            name.startswith("results.before-") for name in names_in(out)):
        time.sleep(0.005)
    code, _, stderr = run.end_with(signal.SIGINT)
    assert code == 130
    (kept,) = [name for name in names_in(out) if name.startswith("results.before-")]
    assert kept in stderr
    assert (out / kept).read_bytes() == old


def test_an_earlier_result_goes_only_when_the_new_one_has_all_of_it(splitscope, cache, tmp_path):
    out = tmp_path / "out"
    common = ["run", "--suite", write_suite(tmp_path, 2), "--out", out, "--cache-dir", cache]
    splitscope(*common)
    splitscope(*common)
    assert names_in(out) == ["results.json"]
    old = (out / "results.json").read_bytes()
    for less in (["--benchmark_filter=streaming"], ["--benchmark_repetitions=1"],
                 ["--benchmark_dry_run"], ["--strategy", "streaming"]):
        shutil.rmtree(out)
        out.mkdir()
        (out / "results.json").write_bytes(old)
        told = splitscope(*common, *less)
        (kept,) = [name for name in names_in(out) if name.startswith("results.before-")]
        assert (out / kept).read_bytes() == old
        assert kept in told.stderr


def test_a_file_of_the_users_own_is_kept(splitscope, cache, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.json").write_text("my notes")
    splitscope("run", "--suite", write_suite(tmp_path, 1), "--out", out, "--cache-dir", cache)
    (kept,) = [name for name in names_in(out) if name.startswith("results.before-")]
    assert (out / kept).read_text() == "my notes"


def test_a_link_to_results_stays_a_link(splitscope, cache, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere.json").write_text("{}")
    (tmp_path / "out/results.json").symlink_to("../elsewhere.json")
    splitscope("run", "--suite", write_suite(tmp_path, 1), "--out", tmp_path / "out", "--cache-dir",
               cache)
    assert (tmp_path / "out/results.json").is_symlink()
    assert json.loads((tmp_path / "elsewhere.json").read_text())["context"]["complete"] is True


def test_two_runs_into_one_folder_at_once(splitscope, cache, tmp_path):
    out = tmp_path / "out"
    runs = [Started(splitscope, "run", "--suite", write_suite(tmp_path, 6, name=f"{name}.json"),
                    "--out", out, "--cache-dir", cache) for name in "ab"]
    for run in runs:
        _, stderr = run.process.communicate(timeout=120)
        assert run.process.returncode == 0, stderr
    results = results_of(out)
    assert results["context"]["complete"] is True and len(samples_of(results)) == 12
    assert names_in(out) == ["results.json"]
