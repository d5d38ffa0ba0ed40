#!/usr/bin/env bash
# Builds everything and runs every test: engine, addon, runners, types.
set -euo pipefail
cd "$(dirname "$0")/.."

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
