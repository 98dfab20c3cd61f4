"""Keyword arguments as the words of a command line, and what comes back as results."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import _native
from ._errors import SpherecheckError
from ._inputs import Memory, strings
from ._policy import Policy
from ._progress import Told, shown
from ._results import Audit, Comparison, Probe, Verdict

#: Options that take rows, values of rows, words or judgements, and how those are lent.
_SOURCES = {
    **dict.fromkeys(("drift_from", "parity_with", "second_view"), Memory.rows),
    **dict.fromkeys(
        ("pairs", "labels", "groups", "ids", "slices", "scores", "split", "targets", "drift_groups", "train_split"),
        Memory.column,
    ),
    "texts": Memory.texts,
    "qrels": Memory.qrels,
}
#: Options that a tuple gives once for each view or model.
_REPEATED = {"tensor", "view", "ids", "ids_tensor", "texts", "texts_tensor", "parity_with"}
#: What the functions decide themselves.
_DECIDED = {"format", "quiet", "no_progress", "color", "dry_run", "exit_zero", "init", "details"}


def audit(
    a: Any,
    b: Any = None,
    *,
    pairs: Any = None,
    labels: Any = None,
    groups: Any = None,
    ids: Any = None,
    slices: Any = None,
    scores: Any = None,
    qrels: Any = None,
    alpha: float | list[float] | None = None,
    t: float | list[float] | None = None,
    tau: float | list[float] | None = None,
    negatives: int | list[int] | None = None,
    search: bool = False,
    spectrum: bool = False,
    offenders: bool = False,
    budget: str | None = None,
    max_error: float | str | None = None,
    sample: int | None = None,
    confidence: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    device: str | None = None,
    name: str | None = None,
    out: str | os.PathLike[str] | None = None,
    progress: bool | Told | None = None,
    **options: Any,
) -> Audit:
    """Audits embeddings: how good they are, each number with its error.

    Parameters
    ----------
    a, b : array or path
        Rows of one or two views: NumPy arrays (f16, f32, f64, i8, u8, memory-mapped ones, too), torch and JAX tensors (also
        bfloat16), what has ``__dlpack__`` or an Arrow stream, or paths of what the command reads. Row i of `b` belongs with
        row i of `a`, unless `pairs` or `ids` say otherwise. Rows that lie one after the other, or column after column, are
        not copied here (the library transposes the latter, once); they must not change during the call.
    pairs : (P, 2) array or path, optional
        Rows that belong together, or, with `ids`, ids.
    labels, groups, slices, scores : sequence or path, optional
        A value for each row: classes, what is no independent draw, parts to look at; scores of the pairs.
        ``groups="none"`` takes every row for a draw of its own.
    ids : sequence or path, or a tuple of two, optional
        Ids of the rows; a tuple has those of `a` and of `b`.
    qrels : mapping or path, optional
        Judgements of retrieval: ``{query: {document: grade}}``.
    alpha, t, tau, negatives : number or list, optional
        Parameters of the metrics.
    search, spectrum, offenders : bool
        Also what search finds, the spectrum, the rows to blame (with `out`).
    budget, max_error, sample : optional
        Estimates from a part of all pairs, as the command explains.
    confidence, seed, threads, device : optional
        Level of intervals; what is drawn; threads (numbers do not depend on it); ``"cpu"``, ``"cuda:0"``, ..
    name : str, optional
        What reports call the model.
    out : path, optional
        A directory for every report and figure.
    progress : bool or callable, optional
        A line on standard error that tells how far a long run is: True always, False never, by default in notebooks and on
        terminals. A callable is told instead, some times a second, of the phase under way (a run has several, one after the
        other): ``progress(fraction, seconds_left, phase)``, where ``seconds_left`` is None before the first step. What it
        raises stops the run. All functions that take options take this.
    **options
        Any other option of ``spherecheck audit``, with ``_`` for ``-``: ``zero_rows="drop"``, ``classes=True``.

    Returns
    -------
    Audit

    Raises
    ------
    SpherecheckError
        Where the command would refuse the input, with its text.
    KeyboardInterrupt
        On Ctrl-C; nothing is written.

    Examples
    --------
    >>> import numpy as np, spherecheck
    >>> rows = np.random.default_rng(0).normal(size=(300, 8)).astype("float32")
    >>> found = spherecheck.audit(rows, t=2)
    >>> round(found.uniformity.value, 2), found.uniformity.n
    (-3.08, 300)
    """
    given = dict(
        pairs=pairs, labels=labels, groups=groups, ids=ids, slices=slices, scores=scores, qrels=qrels, alpha=alpha, t=t,
        tau=tau, negatives=negatives, search=search, spectrum=spectrum, offenders=offenders, budget=budget,
        max_error=max_error, sample=sample, confidence=confidence, seed=seed, threads=threads, device=device, out=out,
        progress=progress, **options,
    )  # fmt: skip
    memory = _memory(a, b, given)
    words = [memory.rows(a, name or "a")]
    if b is not None:
        words.append(memory.rows(b, "b"))
    return Audit(_run("audit", words, given, memory)[0])


def compare(base: Any, candidate: Any = None, *more: Any, names: list[str] | None = None, **options: Any) -> Comparison:
    """Compares models of the same items: paired differences, each with its error, and a verdict.

    Parameters
    ----------
    base, candidate, *more : array, path, Audit, or a tuple of two views
        The models; or one mapping of names to them, the base first.
    names : list of str, optional
        What the models are called.
    **options
        Those of `audit`, and the others of ``spherecheck compare``: ``dims=[64, 128]``, ``parity=True``.

    Examples
    --------
    >>> import numpy as np, spherecheck
    >>> rows = np.random.default_rng(0).normal(size=(300, 8)).astype("float32")
    >>> found = spherecheck.compare({"f32": rows, "f16": rows.astype("float16")})
    >>> found.verdicts("f16")["uniformity{t=2} a"]
    'same'
    """
    if isinstance(base, Mapping):
        if candidate is not None or more or names:
            raise TypeError("compare: a mapping of models stands alone; give names= and models, or the mapping")
        names, models = [str(name) for name in base], list(base.values())
    else:
        models = [base, *([] if candidate is None else [candidate]), *more]
    if names is not None and len(names) != len(models):
        raise TypeError(f"compare: names= has {len(names)} names for {len(models)} models")
    if any(isinstance(model, tuple) for model in models) and not all(_is_pair(model) for model in models):
        raise TypeError("compare: every model has two views, (a, b), or none has")
    memory = _memory(models, names, options)
    usual = ["base", "candidate"] if len(models) == 2 else ["base"]
    called = names or [*usual, *(f"model_{k + 1}" for k in range(len(usual), len(models)))]
    first = [model[0] if isinstance(model, tuple) else model for model in models]
    second = [model[1] for model in models if isinstance(model, tuple)]
    words = [_model(memory, model, name) for model, name in zip(first, called, strict=True)]
    words += [f"--second-view={memory.rows(b, f'{name}_b')}" for b, name in zip(second, called, strict=False)]
    # Two views would be called by both.
    if names is not None or any(not isinstance(model, (str, os.PathLike, Audit)) for model in first):
        words += [f"--name={name}" for name in called]
    return Comparison(_run("compare", words, options, memory)[0])


def gate(
    candidate: Any,
    policy: Policy | str | os.PathLike[str],
    baseline: Audit | str | os.PathLike[str] | None = None,
    *,
    b: Any = None,
    name: str | None = None,
    **options: Any,
) -> Verdict:
    """Says whether a model may ship. The verdict is true where it may; a broken rule raises nothing.

    Parameters
    ----------
    candidate : Audit, array or path
        The model; `b` is its second view.
    policy : Policy or path
        The rules.
    baseline : Audit or path, optional
        A model that was good enough, for rules such as ``no_worse_than_baseline``.
    **options
        Those of `audit`, and the others of ``spherecheck gate``: ``parity_with=rows``, ``update_baseline=True`` (of a path).

    Examples
    --------
    >>> import numpy as np, spherecheck
    >>> rows = np.random.default_rng(0).normal(size=(300, 8)).astype("float32")
    >>> policy = spherecheck.Policy([{"metric": "uniformity{t=2}", "at_most": -2}])
    >>> bool(spherecheck.gate(rows, policy)), bool(spherecheck.gate(rows + 3, policy))
    (True, False)
    """
    memory = _memory(candidate, b, name, policy, baseline, options)
    words = [_model(memory, candidate, name or "candidate")]
    if b is not None:
        words.append(memory.rows(b, "b"))
    rules = memory.document(policy.toml.encode(), "policy") if isinstance(policy, Policy) else os.fsdecode(policy)
    words.append(f"--policy={rules}")
    if baseline is not None:
        held = memory.document(baseline.to_json().encode(), "baseline.json") if isinstance(baseline, Audit) else os.fsdecode(baseline)
        words.append(f"--baseline={held}")
    return Verdict(*_run("gate", words, options, memory))


def init_policy(candidate: Any, *, b: Any = None, margin: float | None = None, **options: Any) -> Policy:
    """A commented policy that a model which is good enough keeps, to look at and to edit.

    Parameters
    ----------
    candidate : Audit, array or path
        The model; `b` is its second view.
    margin : float, optional
        How far limits stand off its numbers, as a share of the way to a worthless model's.
    """
    memory = _memory(candidate, b, options)
    words = [_model(memory, candidate, "candidate")]
    if b is not None:
        words.append(memory.rows(b, "b"))
    words += ["--init", *_words({"margin": margin}, memory)]
    printed, _ = _run("gate", words, options, memory, form=None)
    return Policy.of_toml(printed.decode())


def probe(rows: Any, labels: Any = None, *, targets: Any = None, name: str | None = None, **options: Any) -> Probe:
    """Probes embeddings: how well k-NN and a linear model read labels, or numbers, from them.

    Parameters
    ----------
    rows : array or path
        Embeddings, as in `audit`.
    labels, targets : sequence or path
        A class, or a number, for each row: one of the two.
    **options
        Those of ``spherecheck probe``: ``k=5``, ``train_split=0.75`` (or 1 and 0 for each row), ``seed=0``.

    Examples
    --------
    >>> import numpy as np, spherecheck
    >>> rows = np.random.default_rng(0).normal(size=(300, 8)).astype("float32")
    >>> found = spherecheck.probe(rows, rows[:, 0] > 0)
    >>> found.scores[0]["probe"], found.scores[0]["value"] > 0.7
    ('knn', True)
    """
    given = dict(labels=labels, targets=targets, **options)
    memory = _memory(rows, name, given)
    return Probe(_run("probe", [memory.rows(rows, name or "rows")], given, memory)[0])


def explain(name: str | None = None) -> str:
    """What a metric or a finding means: formula, range, ideal, how to read it; without a name, the list of all.

    >>> explain("uniformity").startswith("uniformity{t}")
    True
    """
    status, out, err = _native.run(["spherecheck", "explain", *([] if name is None else [name])], [])
    if status:
        raise SpherecheckError.of(err)
    return out.decode()


def _is_pair(model: Any) -> bool:
    return isinstance(model, tuple) and len(model) == 2


def _memory(*given: Any) -> Memory:
    """Where arrays are lent: under no name that an argument spells."""
    taken = [value for part in given for value in (part.values() if isinstance(part, dict) else [part])]
    return Memory(strings(taken))


def _model(memory: Memory, model: Any, name: str) -> str:
    if isinstance(model, Audit):
        return memory.document(model.to_json().encode(), f"{name}.json")
    return memory.rows(model, name)


def _run(command: str, words: list[str], options: Mapping[str, Any], memory: Memory, form: str | None = "json") -> tuple[bytes, int]:
    """What the command prints with these words and options, and its exit status: one that says that a gate is broken is no
    error."""
    decided = sorted(name for name in _DECIDED & options.keys() if options[name] is not None and options[name] is not False)
    if decided:
        raise TypeError(f"{command}: {decided[0]} is for the command line")
    words = [*words, *_words(options, memory)]
    # Options first: what is left may begin with a dash.
    flags = [word for word in words if word.startswith("--")]
    files = [word for word in words if not word.startswith("--")]
    forms = [] if form is None else [f"--format={form}"]
    with shown(options.get("progress")) as told:
        status, out, err = _native.run(["spherecheck", command, "--quiet", *forms, *flags, "--", *files], memory.lent, told)
    if status == 2:
        raise SpherecheckError.of(err)
    return out, status


def _words(options: Mapping[str, Any], memory: Memory) -> list[str]:
    words: list[str] = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        # By what it is, not by its truth: arrays have none. Progress is no word of the command.
        if value is None or value is False or name == "progress":
            continue
        if value is True:
            words.append(flag)
        elif name in _SOURCES and not isinstance(value, float):
            lend, each = _SOURCES[name], value if isinstance(value, tuple) and name in _REPEATED else (value,)
            several = len(each) > 1
            words += [f"{flag}={lend(memory, one, f'{name}_{k + 1}' if several else name)}" for k, one in enumerate(each)]
        elif name in _REPEATED and isinstance(value, tuple):
            words += [f"{flag}={_text(one)}" for one in value]
        elif isinstance(value, (list, tuple)):
            words.append(f"{flag}={','.join(_text(one) for one in value)}")
        else:
            words.append(f"{flag}={_text(value)}")
    return words


def _text(value: Any) -> str:
    return os.fsdecode(value) if isinstance(value, (str, Path, os.PathLike)) else str(value)
