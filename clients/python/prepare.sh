#!/bin/sh
# Makes clients/python/.venv with everything the client, its tests and its generator need, at the exact versions and
# hashes of requirements/*.txt. Idempotent; returns at once when nothing has changed. Set PYTHON to choose the
# interpreter (default: the first of python3.11, python3 that is Python 3.11 or newer).
set -eu
cd "$(dirname "$0")"

is_suitable() {
  "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

python=""
for candidate in ${PYTHON:-python3.11 python3}; do
  if is_suitable "$candidate"; then
    # The real interpreter: a version manager's shim would make the stamp and the links depend on its settings.
    python=$("$candidate" -c 'import os, sys; print(os.path.realpath(sys._base_executable))')
    break
  fi
done
if [ -z "$python" ]; then
  echo "prepare.sh: no Python 3.11 or newer with venv found; install python3.11 and python3.11-venv, or set PYTHON" >&2
  exit 1
fi

requirements="requirements/runtime.txt requirements/generator.txt requirements/dev.txt"
# The folder is part of the stamp because scripts in a virtual environment hold its absolute path.
# shellcheck disable=SC2086 # the list is several words
stamp=$( { echo "$python"; "$python" -V; pwd; cat prepare.sh $requirements; } | "$python" -c '
import hashlib, sys
print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
if [ -x .venv/bin/python ] && [ "$(cat .venv/stamp 2>/dev/null)" = "$stamp" ]; then
  exit 0
fi

rm -rf .venv
"$python" -m venv .venv
# shellcheck disable=SC2086
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
  $(printf -- '--requirement %s ' $requirements)
# Development use without an installation: the sources and the generated messages are on the path.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf '%s\n%s\n' "$PWD/src" "$(cd ../.. && pwd)/gen/python" >"$site/countersign_client.pth"
echo "$stamp" >.venv/stamp
