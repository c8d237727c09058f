#!/bin/sh
# Rewrites the *.txt files from pyproject.toml and the *.in files, with a hash for every file pip may download.
# Needs pip-tools 7.6.2 on PATH. Run it after a change of a version, then commit the result.
set -eu
cd "$(dirname "$0")/.."
options="--quiet --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-header --allow-unsafe --resolver=backtracking"
# shellcheck disable=SC2086 # the options are several words
pip-compile $options --extra rest --output-file requirements/runtime.txt pyproject.toml
cd requirements
pip-compile $options --output-file generator.txt generator.in
pip-compile $options --output-file dev.txt dev.in
