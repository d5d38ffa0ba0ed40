#!/usr/bin/env bash
# Runs every sample project through its own runner, as a project that depends on the package does.
set -uo pipefail
failures=0
cd "$(dirname "$0")" || exit 1
mkdir -p node_modules
ln -sfn ../../.. node_modules/wx-server-sdk-local
root=../../node_modules
export CI=1 NO_COLOR=1
unset FORCE_COLOR
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT

# How the runners count what passed, at their end.
summary='^ *Tests:? +[1-9]|^ *[1-9][0-9]* passing|^(#|ℹ) pass [1-9]|^ *[1-9][0-9]* tests? passed|^[1-9][0-9]* tasks in'

# Runs a command; prints its summary. Prints all that it said if it fails, counts nothing, or says what must not be said.
run() {
  local name=$1 refused=$2
  shift 2
  if ! "$@" >"$output/log" 2>&1 || { [ -n "$refused" ] && grep -E "$refused" "$output/log"; } || ! grep -qE "$summary" "$output/log"; then
    cat "$output/log"
    echo "FAILED: $name"
    failures=$((failures + 1))
    return
  fi
  echo "ok: $name: $(grep -E "$summary" "$output/log" | tr -s ' ' | sed 's/^ //')"
}

# A summary with a line that was never reached reads "0 |" in its first column.
covered() {
  grep -E "index\.(js|ts|mjs) +\| +[1-9]" "$output/log" >/dev/null && return
  cat "$output/log"
  echo "FAILED: no coverage of $1"
  failures=$((failures + 1))
}

jest() {
  local name=$1 bin=$2 config=$3
  shift 3
  run "$name" "open handle" node "$@" "$root/$bin/bin/jest.js" --config "$config" --detectOpenHandles
  run "$name, two workers, coverage" "did not exit|worker process has failed" node "$@" "$root/$bin/bin/jest.js" --config "$config" --maxWorkers=2 \
    --coverage --coverageDirectory "$output/coverage" --coverageReporters text
  covered "$name"
}

jest "jest 29" jest-29 jest/jest.config.js
jest "jest 30" jest jest/jest.config.js
jest "ts-jest" jest ts-jest/jest.config.js
jest "jest, ES modules" jest jest-esm/jest.config.mjs --experimental-vm-modules --no-warnings
# Threads that are ended and started for each test file.
for version in 29 30; do
  bin=jest
  [ "$version" = 29 ] && bin=jest-29
  run "jest $version, worker threads" "did not exit|has failed" node "$root/$bin/bin/jest.js" --config jest/jest.config.js \
    --workerThreads --workerIdleMemoryLimit=1MB --maxWorkers=2
done
for pool in forks threads vmThreads vmForks; do
  POOL=$pool run "vitest, $pool" "Unhandled|hanging" node "$root/vitest/vitest.mjs" run --config vitest/vitest.config.mjs
done
POOL=threads run "vitest, two threads at a time" "Unhandled|hanging" node "$root/vitest/vitest.mjs" run --config vitest/vitest.config.mjs \
  --poolOptions.threads.maxThreads=2
POOL=forks run "vitest, coverage" "Unhandled" node "$root/vitest/vitest.mjs" run --config vitest/vitest.config.mjs \
  --coverage --coverage.reporter text --coverage.reportsDirectory "$output/coverage"
covered "vitest"
POOL=forks run "vitest, one process" "" node "$root/vitest/vitest.mjs" run --config vitest/vitest.config.mjs --no-isolate --poolOptions.forks.singleFork
POOL=threads run "vitest, one thread" "" node "$root/vitest/vitest.mjs" run --config vitest/vitest.config.mjs --no-isolate --poolOptions.threads.singleThread
run "ava" "exited|Timed out" bash -c "cd ava && node ../$root/ava/entrypoints/cli.mjs --concurrency 2"
run "ava, processes" "exited|Timed out" bash -c "cd ava && node ../$root/ava/entrypoints/cli.mjs --no-worker-threads"
run "piscina" "" node piscina/pool.cjs
run "node:test, --require" "" node --require wx-server-sdk-local/register --test node-test/
run "node:test, --import" "" node --import wx-server-sdk-local/register --test node-test/
run "node:test, coverage" "" node --require wx-server-sdk-local/register --experimental-test-coverage --test node-test/
covered "node:test"
register=./node_modules/wx-server-sdk-local/entry/register.js
run "mocha, --require" "" node "$root/mocha/bin/mocha.js" --require "$register" "mocha/*.test.*"
run "mocha, parallel" "" node "$root/mocha/bin/mocha.js" --parallel --require "$register" "mocha/*.test.*"
run "mocha, node --import" "" node --import wx-server-sdk-local/register "$root/mocha/bin/mocha.js" "mocha/*.test.*"
# V8's own report, which c8 reads, has what ran of the functions' files.
NODE_V8_COVERAGE="$output/v8" run "mocha, coverage" "" node "$root/mocha/bin/mocha.js" --require "$register" "mocha/*.test.*"
grep -l "project/cloudfunctions/counter/index.js" "$output"/v8/*.json >/dev/null || { echo "FAILED: no coverage of mocha"; failures=$((failures + 1)); }
exit "$((failures > 0))"
