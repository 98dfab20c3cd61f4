"""What audits, comparisons, gates and probes give."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import spherecheck
from spherecheck import Policy

from .conftest import Command, timeless


@pytest.fixture(scope="module")
def audit(zoo: Path) -> spherecheck.Audit:
    return spherecheck.audit(np.load(zoo / "l6_web.npy"), np.load(zoo / "l6_kjv.npy"), name="l6")


def test_an_audit_is_a_mapping_of_measures(audit: spherecheck.Audit) -> None:
    assert audit["alignment{alpha=2}"].value == pytest.approx(0.30389, abs=1e-5)
    assert audit["uniformity", "mean"] == audit["uniformity{t=2} mean"]
    assert audit["contrastive_limit{tau=0.07}", "cross"].interval.level == 0.95
    assert audit["alignment{alpha=2}"].label == "alignment{alpha=2}"
    assert set(audit) == {f"{m.label} {m.side}" for m in audit.measures} and len(audit) == len(set(audit))
    assert all(audit[key] in audit.measures for key in audit)
    with pytest.raises(KeyError, match="several: alignment{alpha=1} cross, alignment{alpha=2} cross"):
        audit["alignment"]
    with pytest.raises(AttributeError, match="no such measure"):
        audit.perplexity
    assert "nothing" not in audit and audit.get("nothing") is None and audit.get("nothing", 3) == 3
    assert audit.get(("uniformity", "mean")) == audit["uniformity", "mean"] and "uniformity mean" in audit
    # Where several are meant none is.
    assert "alignment" not in audit and 7 not in audit
    assert dict(audit) == dict(audit.items()) == dict(zip(audit.keys(), audit.values(), strict=True))


def test_labels_are_those_of_policies(rows: np.ndarray) -> None:
    found = spherecheck.audit(rows, rows + 0.1, t=[0.5, 2], tau=[0.01, 0.07])
    assert {"uniformity{t=0.5}", "contrastive_uniform_term{tau=0.01}"} <= {m.label for m in found.measures}
    for m in found.measures:
        if m.params:
            rule = {"metric": m.label, "side": m.side, "at_most": 1e9}
            assert spherecheck.gate(found, Policy([rule])), m.label


def test_results_go_through_dictionaries_pickles_and_files(audit: spherecheck.Audit, tmp_path: Path) -> None:
    assert json.loads(audit.to_json()) == audit.to_dict()
    audit.to_dict()["measures"].clear()
    assert len(audit.measures) == len(audit.to_dict()["measures"]) > 10
    assert pickle.loads(pickle.dumps(audit)) == audit == copy.deepcopy(audit)
    files = audit.save(tmp_path / "report")
    assert {"audit.json", "audit.csv", "audit.md", "report.html"} <= {file.name for file in files}
    assert spherecheck.Audit.read(tmp_path / "report" / "audit.json").measures == audit.measures
    (tmp_path / "file").write_text("{}")
    with pytest.raises(spherecheck.SpherecheckError, match="schema is None"):
        spherecheck.Audit.read(tmp_path / "file")
    with pytest.raises(spherecheck.SpherecheckError, match="file"):
        audit.save(tmp_path / "file")


def test_frames_take_results(audit: spherecheck.Audit, zoo: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    table, records = pa.table(audit), audit.records()
    assert table.num_rows == len(records) == len(audit)
    assert {str(table.schema.field(name).type) for name in ("metric", "side")} == {"string"}
    assert (str(table.schema.field("n").type), str(table.schema.field("value").type)) == ("int64", "double")
    for read, made in zip(table.to_pylist(), records, strict=True):
        # What a row does not have is null.
        assert {name: value for name, value in read.items() if value is not None} == {
            name: value for name, value in made.items() if value is not None
        }
    # A stream is read once; the result gives another.
    assert pa.table(audit).equals(table)
    models = [np.load(zoo / f"{name}_web.npy") for name in ("l6", "mpnet")]
    compared = spherecheck.compare(*models)
    assert pa.table(compared).column("verdict").to_pylist() == [record["verdict"] for record in compared.records()]


def test_polars_takes_results(audit: spherecheck.Audit) -> None:
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(audit)
    assert frame.shape[0] == len(audit) and frame.filter(pl.col("metric") == "alignment", alpha=2)["value"].item() == (
        audit["alignment{alpha=2}"].value
    )


def test_a_stream_that_nobody_reads_is_freed(audit: spherecheck.Audit) -> None:
    for _ in range(100):
        audit.__arrow_c_stream__()
    with pytest.raises(ValueError, match="x: no kind of column: date"):
        spherecheck._native.stream([("x", "date", [])])


def test_out_writes_what_the_command_writes(zoo: Path, tmp_path: Path, command: Command) -> None:
    np.save(tmp_path / "x.npy", np.load(zoo / "l6_web.npy"))
    assert command("audit", "x.npy", "--out", "theirs").returncode == 0
    spherecheck.audit(np.load(zoo / "l6_web.npy"), name="x.npy", out=tmp_path / "mine")
    names = sorted(file.name for file in (tmp_path / "theirs").iterdir())
    assert names == sorted(file.name for file in (tmp_path / "mine").iterdir())
    mine, theirs = ((tmp_path / side / "audit.json").read_bytes() for side in ("mine", "theirs"))
    assert timeless(mine) == timeless(theirs)


def test_what_notebooks_show_is_escaped(rows: np.ndarray) -> None:
    shown = spherecheck.audit(rows, name="<script>")._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert shown.count("<tr>") == 1 + len(spherecheck.audit(rows).measures)


def test_records_make_frames(audit: spherecheck.Audit) -> None:
    records = audit.records()
    assert len(records) == len(audit.measures)
    first = records[0]
    assert (first["metric"], first["alpha"], first["side"]) == ("alignment", 1.0, "cross")
    assert first["low"] < first["value"] < first["high"]


def test_models_are_compared(zoo: Path, command: Command, tmp_path: Path) -> None:
    files = {name: np.load(zoo / f"{name}.npy")[:120] for name in ("l6_web", "l6_kjv", "l6cls_web", "l6cls_kjv")}
    for name, rows in files.items():
        np.save(tmp_path / f"{name}.npy", rows)
    views = {"l6": (files["l6_web"], files["l6_kjv"]), "cls": (files["l6cls_web"], files["l6cls_kjv"])}
    found = spherecheck.compare(views)
    assert found.models == ["l6", "cls"]
    assert found.verdicts("cls")["contrastive_limit{tau=0.07} cross"] == "worse"
    assert found.verdicts("cls") == found.verdicts() and found.verdicts(0) == {}
    assert {row["model"] for row in found.records()} == {"l6", "cls"}
    assert "worse" in found._repr_html_()
    words = ["compare", "l6_web.npy", "l6cls_web.npy", "--second-view", "l6_kjv.npy"]
    printed = command(*words, "--second-view", "l6cls_kjv.npy", "--name", "l6", "--name", "cls", "--format", "json")
    theirs = json.loads(printed.stdout)["lines"]
    assert found.lines == theirs
    with pytest.raises(TypeError, match="two views"):
        spherecheck.compare(views["l6"], views["cls"][0])
    with pytest.raises(TypeError, match="1 names for 2 models"):
        spherecheck.compare(views["l6"], views["cls"], names=["x"])


def test_saved_audits_are_compared(audit: spherecheck.Audit, zoo: Path) -> None:
    other = spherecheck.audit(zoo / "mpnet_web.npy", zoo / "mpnet_kjv.npy")
    found = spherecheck.compare(audit, other, names=["l6", "mpnet"])
    assert found.models == ["l6", "mpnet"] and found.verdicts()


LIMIT = {"metric": "contrastive_limit{tau=0.07}", "side": "cross"}


def test_a_verdict_is_true_where_the_model_may_ship(audit: spherecheck.Audit, zoo: Path, tmp_path: Path) -> None:
    policy = Policy([{**LIMIT, "at_most": -6}, {"finding": "narrow_cone"}])
    passed = spherecheck.gate(audit, policy)
    assert passed and (passed.decision, passed.status, passed.broken) == ("pass", 0, [])
    failed = spherecheck.gate(np.load(zoo / "l6cls_web.npy"), policy, b=np.load(zoo / "l6cls_kjv.npy"))
    assert not failed and (failed.decision, failed.status) == ("violated", 1)
    assert any(line.startswith("contrastive_limit{tau=0.07} cross: ") for line in failed.broken)
    assert "contrastive_limit" in failed._repr_html_() and "violated" in repr(failed)
    policy.save(tmp_path / "policy.toml")
    assert spherecheck.gate(audit, tmp_path / "policy.toml") and Policy.read(tmp_path / "policy.toml").toml == policy.toml
    undecided = Policy([{**LIMIT, "at_most": audit["contrastive_limit{tau=0.07}", "cross"].value}], on_undecided="fail")
    unknown = spherecheck.gate(audit, undecided)
    assert not unknown and (unknown.decision, unknown.status) == ("undecided", 3)


def test_a_baseline_is_an_audit_or_a_file(audit: spherecheck.Audit, zoo: Path, tmp_path: Path) -> None:
    policy = Policy([{**LIMIT, "no_worse_than_baseline": {"abs": 0.05, "rel": 0.01}}])
    worse = (np.load(zoo / "l6cls_web.npy"), np.load(zoo / "l6cls_kjv.npy"))
    assert spherecheck.gate(audit, policy, audit)
    assert not spherecheck.gate(worse[0], policy, audit, b=worse[1])
    lock = tmp_path / "baseline.json"
    assert spherecheck.gate(audit, policy, lock, update_baseline=True) and lock.exists()
    assert not spherecheck.gate(worse[0], policy, lock, b=worse[1])
    with pytest.raises(spherecheck.SpherecheckError, match=r"policy: expected at least one \[\[rule"):
        spherecheck.gate(audit, Policy([]))


def test_a_policy_is_made_of_a_good_model(zoo: Path, tmp_path: Path) -> None:
    good = (np.load(zoo / "l6_web.npy"), np.load(zoo / "l6_kjv.npy"))
    policy = spherecheck.init_policy(good[0], b=good[1], margin=0.2)
    assert policy.toml.startswith("# A policy")
    with pytest.raises(spherecheck.SpherecheckError, match="give baseline="):
        spherecheck.gate(good[0], policy, b=good[1])
    lock = tmp_path / "baseline.json"
    assert spherecheck.gate(good[0], policy, lock, b=good[1], update_baseline=True)
    noise = np.random.default_rng(0).normal(size=(300, 384)).astype(np.float32)
    assert not spherecheck.gate(noise, policy, lock, b=noise[::-1])


def test_labels_are_probed(command: Command) -> None:
    golden = Path(__file__).parents[2] / "fixtures" / "golden"
    rows, labels = np.load(golden / "digits_1797x64.npy")[:200], np.load(golden / "digits_1797x64.labels.npy")[:200]
    found = spherecheck.probe(rows, labels, k=3)
    assert [s["probe"] for s in found.scores] == ["knn", "logistic", "logistic", "baseline", "baseline"]
    assert found.scores[0]["value"] > 0.9 > found.scores[3]["value"]
    split = np.arange(200) % 4 != 0
    assert spherecheck.probe(rows, labels.astype(str), train_split=split).to_dict()["split"]["test"] == 50
    assert "knn" in repr(found) and "knn" in found._repr_html_()
    with pytest.raises(spherecheck.SpherecheckError, match="targets="):
        spherecheck.probe(rows)


def test_names_are_explained() -> None:
    assert "uniformity" in spherecheck.explain() and "narrow_cone" in spherecheck.explain("narrow_cone")
    with pytest.raises(spherecheck.SpherecheckError, match="nonsense"):
        spherecheck.explain("nonsense")
