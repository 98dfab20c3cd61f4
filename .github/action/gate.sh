#!/usr/bin/env bash
# Runs `spherecheck gate` with the inputs of action.yml, which come as variables.
set -euo pipefail

arguments=("${CANDIDATE:?}")
if [ -n "${SECOND_VIEW:-}" ]; then arguments+=("$SECOND_VIEW"); fi
arguments+=(--policy "${POLICY:?}")
if [ -n "${PAIRS:-}" ]; then arguments+=(--pairs "$PAIRS"); fi
if [ -n "${BASELINE:-}" ]; then arguments+=(--baseline "$BASELINE"); fi
if [ "${UPDATE_BASELINE:-false}" = true ]; then arguments+=(--update-baseline); fi
if [ "${EXIT_ZERO:-false}" = true ]; then arguments+=(--exit-zero); fi
if [ -n "${JUNIT:-}" ]; then arguments+=(--junit "$JUNIT"); fi
if [ -n "${REPORT:-}" ]; then arguments+=(--out "$REPORT"); fi

# Split at spaces and at ends of lines, all lines.
read -r -d '' -a more <<< "${ARGUMENTS:-}" || true
# Where there are none, bash before 4.4 takes the list for a variable that is not set.
arguments+=(${more[@]+"${more[@]}"})

# One argument a line, spaces and all; empty lines and those that begin with # are passed over.
if [ -n "${ARGUMENTS_FILE:-}" ]; then
    while IFS= read -r line || [ -n "$line" ]; do
        line="${line%$'\r'}"
        if [ -n "$line" ] && [ "${line:0:1}" != '#' ]; then arguments+=("$line"); fi
    done < "$ARGUMENTS_FILE"
fi

status=0
spherecheck gate "${arguments[@]}" || status=$?
echo "exit-status=$status" >> "${GITHUB_OUTPUT:?}"
exit "$status"
