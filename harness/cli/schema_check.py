"""Runs the idle workload and checks the results against the JSON schema."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema


def reject(token: str) -> None:
    raise ValueError(f"{token} is not JSON")


def main() -> None:
    program, schema_path = sys.argv[1:]
    schema = json.loads(Path(schema_path).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "run", "--workload", "idle", "--out", "out"], cwd=folder, check=True)
        text = Path(folder, "out", "results.json").read_text(encoding="utf-8")
    document = json.loads(text, parse_constant=reject)
    jsonschema.Draft202012Validator(schema).validate(document)
    print(f"{len(document['benchmarks'])} rows are valid")


main()
