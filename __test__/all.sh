#!/usr/bin/env bash
# Builds everything and runs every test: engine, addon, runners, types.
set -euo pipefail
cd "$(dirname "$0")/.."

# What chance decides is tried so many times as often. A user's whole run takes less than a quarter of an hour; CI has the time.
if [ "${CI:-}" = true ]; then scale_default=2; else scale_default=1; fi
scale=${WX_LOCAL_TEST_SCALE:-$scale_default}
export WX_LOCAL_TEST_CASES=${WX_LOCAL_TEST_CASES:-$((34000 * scale))}
export WX_LOCAL_TIMEOUT_ROUNDS=${WX_LOCAL_TIMEOUT_ROUNDS:-$((48 * scale))}
export WX_LOCAL_KILL_ROUNDS=${WX_LOCAL_KILL_ROUNDS:-$((200 * scale))}

echo "== form and lints (with Node-API, and the engine and its tests without)"
cargo fmt --check
cargo clippy --all-targets -- --deny warnings
cargo clippy --all-targets --no-default-features -- --deny warnings

# With Node-API, which only `node` can tell: one build of the tests, and those of `node` are among them.
echo "== Rust"
cargo test

echo "== addon"
npm run --silent build:addon
git diff --exit-code -- index.js '*.d.ts' || { echo "generated files are stale: commit them"; exit 1; }

echo "== JavaScript surface (node:test)"
node --test __test__/*.spec.cjs

echo "== differential fuzz (against mingo)"
npm run --silent fuzz

echo "== values with hooks, in every export"
npm run --silent fuzz:hooks

echo "== runners"
bash __test__/runners/all.sh

echo "== types"
npx tsc --project __test__/types
