'use strict'
// Processes on one directory are killed, stopped and continued at random, their disk is filled and
// their directory copied: whatever was acknowledged is there once, what is unknown once or not at
// all, and nothing else is there.
const { test } = require('node:test')
const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const path = require('node:path')

// A round takes as long as ten of the other test's kills.
const ROUNDS = Math.ceil(Number(process.env.WX_LOCAL_KILL_ROUNDS ?? 200) / 10)
const SEED = Number(process.env.WX_LOCAL_TEST_SEED ?? Date.now() % 1_000_000)

test(`writes are counted through ${ROUNDS} rounds of kills, stops, fills and copies`, { skip: process.platform === 'win32', timeout: 900_000 }, async (context) => {
  context.diagnostic(`WX_LOCAL_TEST_SEED=${SEED}`)
  const program = [process.execPath, path.join(__dirname, 'processes/disturbed.cjs'), ROUNDS, SEED].map(String)
  // Only there can it mount a disk, which nobody else sees.
  const apart = ['unshare', '--mount', '--propagation', 'private']
  const isApart = spawnSync(apart[0], [...apart.slice(1), 'true']).status === 0
  const [command, ...given] = isApart ? [...apart, ...program] : program
  const { NODE_TEST_CONTEXT, ...env } = process.env
  const child = spawn(command, given, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  context.after(() => child.kill())
  const [output, errors, code] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
    new Promise((resolve) => child.on('close', resolve)),
  ])
  assert.equal(code, 0, [...output, ...errors].join(''))
  context.diagnostic(output.join('').trim())
})
