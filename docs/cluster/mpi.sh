#!/bin/sh
# One shard for each rank; rank and size come from Open MPI, MPICH and whatever else speaks PMI.
#   spherecheck shard plan vectors.npy --pairs pairs.npy -o plan.json
#   sh mpi.sh plan.json 16
set -eu
plan=$1
ranks=$2
mkdir -p parts
export SPHERECHECK_KERNEL=avx2
mpirun -n "$ranks" spherecheck shard run "$plan" -o parts/ --no-progress
spherecheck shard merge "$plan" parts/part-*-of-"$ranks".state
