"""Runs small cases of two workloads and checks the results against the schema and the table of
measures: no key that the table does not have, and no key of the table that nothing measures."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema

SUITE = {
    "about": "for a test", "repetitions": 1, "strategies": ["streaming"],
    "cases": [{"workload": name, "input": {"profile": "tiny-docs", "size": "100kB", "count": 1}}
              for name in ("upload", "extract")],
}  # fmt: skip
# What the writer says of a measure that no recorder and no workload has said anything about.
NOBODY = "its recorder gave neither a figure nor a reason; please report that"


def reject(token: str) -> None:
    raise ValueError(f"{token} is not JSON")


def main() -> None:
    program, schema_path, table_path = sys.argv[1:]
    schema = json.loads(Path(schema_path).read_text(encoding="utf-8"))
    measures = json.loads(Path(table_path).read_text(encoding="utf-8"))["measures"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "small.json").write_text(json.dumps(SUITE))
        subprocess.run([program, "run", "--suite", "small.json", "--out", "out", "--cache-dir", "c"],
                       cwd=folder, check=True)  # fmt: skip
        text = Path(folder, "out", "results.json").read_text(encoding="utf-8")
    document = json.loads(text, parse_constant=reject)
    jsonschema.Draft202012Validator(schema).validate(document)

    properties = schema["$defs"]["row"]["properties"]
    others = {key for key, about in properties.items() if about.get("$comment") != "measure"}
    rows = [row for row in document["benchmarks"] if row["run_type"] == "iteration"]
    assert {row["status"] for row in rows} == {"ok"}, [row["message"] for row in rows]
    table = {entry["key"]: entry for entry in measures}
    for row in rows:
        unknown = row.keys() - others - table.keys()
        assert not unknown, f"{row['name']}: not in the table of measures: {sorted(unknown)}"
        for key, entry in table.items():
            if entry.get("counted_by", row["case"]["workload"]) != row["case"]["workload"]:
                assert key not in row, f"{row['name']}: {key} is in a row of another workload"
                continue
            assert key in row, f"{row['name']}: {key} of the table of measures is missing"
            assert row["absent"].get(key) != NOBODY, f"{row['name']}: nothing measures {key}"
    print(f"{len(document['benchmarks'])} rows are valid, with {len(table)} measures of the table")


main()
