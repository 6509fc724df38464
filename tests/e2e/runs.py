"""Small suites, what a run leaves, and a run in the background."""

import json
import os
import pathlib
import subprocess
import time

GIVEN = {"profile": "tiny-docs", "size": "200kB", "count": 2, "seed": 1}


def write_suite(folder: pathlib.Path, repetitions=3, workloads=("idle",), name="small.json", **more):
    path = folder / name
    path.write_text(json.dumps({
        "about": "for tests", "repetitions": repetitions, "strategies": ["mmap-view", "streaming"],
        "cases": [{"workload": one, **({} if one == "idle" else {"input": GIVEN}), **more}
                  for one in workloads]}))
    return path


def results_of(folder) -> dict:
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def samples_of(results) -> list:
    return [row for row in results["benchmarks"] if row["run_type"] == "iteration"]


def names_in(folder) -> list[str]:
    return sorted(os.listdir(folder))


class Started:
    """A run in the background."""

    def __init__(self, splitscope, *arguments, env=None):
        self.process = subprocess.Popen(
            [splitscope.binary, *map(str, arguments)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})})

    def wait_for_samples(self, folder, count):
        """Until results.json has that many."""
        while self.process.poll() is None:
            try:
                if len(samples_of(results_of(folder))) >= count:
                    return
            except FileNotFoundError:
                pass
            time.sleep(0.005)
        raise AssertionError(f"it ended before: {self.process.communicate()}")

    def end_with(self, signal_number):
        """Exit code and what it said."""
        self.process.send_signal(signal_number)
        stdout, stderr = self.process.communicate(timeout=60)
        return self.process.returncode, stdout, stderr
