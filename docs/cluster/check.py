"""Checks the files of this folder as far as one machine can:

    pip install submitit kubernetes-validate
    python docs/cluster/check.py PROGRAM VECTORS

- kubernetes.yaml against the schema of Kubernetes (kubernetes-validate, strict: no unknown field);
- three shards of VECTORS as array tasks of submitit's local executor, each with the variables that Slurm sets, and their
  merge against the audit in one piece, byte for byte but for its times.

What cannot be checked here is named and left out. Exit status: 0 whatever was checked holds, 1 something does not.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SHARDS = 3


def there(module):
    found = importlib.util.find_spec(module) is not None
    if not found:
        print(f"skipped: {module} is not installed")
    return found


def kubernetes():
    import kubernetes_validate
    import yaml

    path = Path(__file__).with_name("kubernetes.yaml")
    job = yaml.safe_load(path.read_text())
    version = kubernetes_validate.latest_version()
    kubernetes_validate.validate(job, version, strict=True)
    assert job["spec"]["completionMode"] == "Indexed"
    print(f"held: {path.name} against the schema of Kubernetes {version}")


def task(program, folder, index):
    """One task of an array; runs in a process of its own."""
    variables = {
        "SLURM_ARRAY_TASK_ID": index,
        "SLURM_ARRAY_TASK_MIN": 1,
        "SLURM_ARRAY_TASK_COUNT": SHARDS,
    }
    own = dict(os.environ, **{name: str(value) for name, value in variables.items()})
    line = [program, "shard", "run", "plan.json", "--threads", "1", "--quiet"]
    return subprocess.run(line, cwd=folder, env=own).returncode


def audit(bytes):
    found = json.loads(bytes)
    for time in ("pass_seconds", "total_seconds", "process_seconds"):
        del found["provenance"][time]
    return found


def slurm(program, vectors):
    import submitit

    with tempfile.TemporaryDirectory() as folder:

        def run(*words):
            line = [program, *words]
            return subprocess.run(line, cwd=folder, check=True, stdout=subprocess.PIPE).stdout

        run("shard", "plan", vectors, "-o", "plan.json", "--quiet")
        executor = submitit.AutoExecutor(folder=f"{folder}/log", cluster="local")
        executor.update_parameters(timeout_min=10, slurm_array_parallelism=SHARDS)
        numbers = range(1, SHARDS + 1)
        jobs = executor.map_array(task, [program] * SHARDS, [folder] * SHARDS, numbers)
        ended = [job.result() for job in jobs]
        assert ended == [0] * SHARDS, f"the tasks ended with {ended}"
        states = [f"part-{number}-of-{SHARDS}.state" for number in numbers]
        merged = run("shard", "merge", "plan.json", *states, "--format", "json", "--quiet")
        whole = run("audit", vectors, "--format", "json", "--quiet")
        assert audit(merged) == audit(whole), "the merge is not the audit in one piece"
    print(f"held: {SHARDS} tasks of submitit's local executor, merged, are the audit in one piece")


if __name__ == "__main__":
    program, vectors = (str(Path(path).resolve()) for path in sys.argv[1:3])
    if there("kubernetes_validate"):
        kubernetes()
    if there("submitit"):
        slurm(program, vectors)
