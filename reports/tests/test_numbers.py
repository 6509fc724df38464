"""Numbers of any size are read or refused in one line; so is every other surprise in a file."""

import json

import pytest

from splitscope_reports import testing
from splitscope_reports.commands import main
from splitscope_reports.results import Stat, natural_key

MARK = 123456789


def with_token(document, token):
    return json.dumps(document).replace(str(MARK), token)


def row_with(key, value=MARK):
    document = testing.make_simple(repetitions=1)
    document["benchmarks"] = document["benchmarks"][:1]
    document["benchmarks"][0][key] = value
    document["benchmarks"][0]["absent"].pop(key, None)
    return document


TOKENS = ["9" * 5000, "-" + "9" * 5000, "1e999", "-1e999", "1e400", "NaN", "Infinity", "-1", "1.9",
          "1e25", "9" * 25, "true", '"1"', "1." + "0" * 5000 + "1", "-0", "-0.0", "0e0", "1E2"]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("key", ["peak_heap_bytes", "repetition_index", "end_maps", "my_counter"])
def test_rows_are_read_or_refused(tmp_path, capfd, key, token):
    path = tmp_path / "r.json"
    path.write_text(with_token(row_with(key), token))
    for arguments in (["validate", path], ["gate", path, "--baseline", path],
                      ["baseline", "save", path, "-o", tmp_path / "b.json"]):
        code = main([str(argument) for argument in arguments])
        error = capfd.readouterr().err
        assert "Error" not in error
        assert code == 0 or code == 1 and error.count("\n") == 1 and "r.json: " in error
    if token in ("1e999", "9" * 5000) and key != "repetition_index":
        assert code == 1 and f"benchmarks[0].{key}: the number" in error


@pytest.mark.parametrize("token", TOKENS)
def test_other_places_are_read_or_refused(tmp_path, capfd, token):
    documents = []
    for change in (
        lambda d: d["context"].update(num_cpus=MARK),
        lambda d: d["context"].update(load_avg=[MARK]),
        lambda d: d["context"].update(anything={"deep": [MARK]}),
        lambda d: d["context"].update(planned_cases=MARK, complete=False),
        lambda d: d["benchmarks"][0]["case"].update(concurrency=MARK),
        lambda d: d["benchmarks"][0]["phases"][0].update(end_us=MARK),
        lambda d: d["benchmarks"][0]["timeline"]["rows"][0].__setitem__(1, MARK),
        lambda d: d["benchmarks"][0].update(read_sizes={"64": MARK}),
        lambda d: d["benchmarks"][0].update(wall_ms=MARK, amplification=MARK),
    ):
        document = testing.make_simple(repetitions=1)
        change(document)
        documents.append(with_token(testing.with_aggregates(document), token))
    documents.append(with_token({"baseline_version": MARK}, token))
    documents.append(token)
    for text in documents:
        (tmp_path / "r.json").write_text(text)
        code = main(["compare", str(tmp_path / "r.json"), str(tmp_path / "r.json")])
        error = capfd.readouterr().err
        assert code == 0 or code == 1 and error.count("\n") == 1, error


@pytest.mark.parametrize("token", TOKENS)
def test_baselines_are_read_or_refused(tmp_path, capfd, token):
    results = str(testing.write(testing.make_simple(), tmp_path / "r.json"))
    main(["baseline", "save", results, "-o", str(tmp_path / "b.json")])
    stored = json.loads((tmp_path / "b.json").read_text())
    case = next(iter(stored["cases"].values()))
    capfd.readouterr()
    for place, key in ((case["measures"]["reads"], "max"), (case, "samples"), (case, "input_bytes"),
                       (stored["context"], "page_size_bytes")):  # fmt: skip
        kept, place[key] = place[key], MARK
        (tmp_path / "c.json").write_text(with_token(stored, token))
        place[key] = kept
        code = main(["gate", results, "--baseline", str(tmp_path / "c.json")])
        error = capfd.readouterr().err
        assert code in (0, 1, 3, 4) and error.count("\n") == (code == 1), error


@pytest.mark.parametrize("value", ["9" * 5000, "1e999", "nan", "inf", "-1", "-0.0", "1979-05-27"])
def test_policies_are_read_or_refused(tmp_path, capfd, value):
    results = str(testing.write(testing.make_simple(), tmp_path / "r.json"))
    policy = tmp_path / "p.toml"
    policy.write_text(f'[class.exact]\nmeasures = ["reads"]\nrelative = {value}\n')
    code = main(["gate", results, "--baseline", results, "--policy", str(policy)])
    error = capfd.readouterr().err
    if value == "-0.0":
        assert code == 0
    else:
        assert code == 1 and error.count("\n") == 1 and "p.toml: " in error
    policy.write_text('[class.exact]\nmeasures = ["reads"]\nabsolute = "' + "9" * 400 + 'GiB"\n')
    assert main(["gate", results, "--baseline", results, "--policy", str(policy)]) == 1


def test_great_counts_keep_their_order():
    for a, b in ((2**63 + 1, 2**63 + 1), (2**60 + 1, 2**60 + 2), (2**64 - 2, 2**64 - 1)):
        stat = Stat.of([a, b])
        assert stat.min <= stat.median <= stat.max
    assert Stat.of([2**63 + 1] * 2).median == 2**63 + 1


def test_natural_order_of_any_digits():
    names = ["a²", "a٣", "a10", "a9", "a" + "9" * 6000, "a1" + "0" * 6000, "2", "", "x1y2"]
    assert sorted(names, key=natural_key).index("a9") < sorted(names, key=natural_key).index("a10")


@pytest.mark.parametrize("text", [
    "[" * 100_000, '{"a":' * 100_000, "[]", "null", '"x"', "", "{", "\ufeff{}", '{"context": {}}',
])  # fmt: skip
def test_what_is_no_result_is_one_line(tmp_path, capfd, text):
    path = tmp_path / "r.json"
    path.write_text(text, encoding="utf-8")
    assert main(["validate", str(path)]) == 1
    assert capfd.readouterr().err.count("\n") == 1
    assert main(["baseline", "show", str(path)]) == 1
    assert capfd.readouterr().err.count("\n") == 1
