#!/bin/sh
# Walks an audit in 64 tasks of a Slurm array and merges it when all are done:
#   spherecheck shard plan vectors.npy --pairs pairs.npy -o plan.json
#   sh slurm.sh plan.json
# Run it again after a failure: shards that are there already, and whole, are not walked again.
set -eu
plan=$1
mkdir -p parts
# One kernel on all nodes, so that their numbers have the bits of one machine.
export SPHERECHECK_KERNEL=avx2
job=$(sbatch --parsable --export=ALL --array=1-64 --cpus-per-task=8 --time=04:00:00 --requeue \
  --job-name=spherecheck \
  --wrap "spherecheck shard run $plan -o parts/ --threads 8 --no-progress")
# A state that is missing is named by the merge; it does not start where a task has failed.
sbatch --export=ALL --dependency="afterok:$job" --cpus-per-task=8 --time=01:00:00 \
  --job-name=spherecheck-merge \
  --wrap "spherecheck shard merge $plan parts/part-*-of-64.state --threads 8 --out report --format json > audit.json"
