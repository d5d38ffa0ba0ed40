'use strict'
// Worker threads that begin and end in every way: each row is a process of its own, so that a crash is that row's failure.
// WX_LOCAL_TEST_SEED chooses the moments in which workers are ended, WX_LOCAL_THREADS how many times as many there are.
const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { describe, test } = require('node:test')
const { directory, inAnother } = require('./processes/support.cjs')
const { exits, tasks } = require('./threads/work.cjs')

const SEED = Number(process.env.WX_LOCAL_TEST_SEED ?? Date.now() % 1_000_000)
const TIMES = Number(process.env.WX_LOCAL_THREADS ?? 1)
const ORDERS = ['one after the other', 'at once']

/** What a process with those workers answers: it must end by itself, well, and say nothing else. */
async function answerOf(options, variables) {
  const child = spawn(process.execPath, ['--expose-gc', path.join(__dirname, 'threads/program.cjs'), JSON.stringify({ seed: SEED, ...options })], {
    env: { ...process.env, NODE_TEST_CONTEXT: '', WX_LOCAL_DATA_DIR: ':memory:', WX_LOCAL_DIAGNOSTICS: 'off', ...variables },
    timeout: 120_000,
  })
  const told = { stdout: '', stderr: '' }
  for (const name of Object.keys(told)) child[name].setEncoding('utf8').on('data', (text) => { told[name] += text })
  const [code, signal] = await once(child, 'close')
  assert.deepEqual({ code, signal, stderr: told.stderr }, { code: 0, signal: null, stderr: '' }, `WX_LOCAL_TEST_SEED=${SEED}\n${told.stderr}`)
  return JSON.parse(told.stdout.trim().split('\n').at(-1))
}

/** The rows of one table: a name, and what is to be answered with 'fine'. */
function table(name, rows) {
  describe(name, { concurrency: 2 }, () => {
    for (const [row, options] of rows) test(row, async () => assert.equal(await answerOf(options), 'fine'))
  })
}

test('the moments are chosen by a seed', (context) => context.diagnostic(`WX_LOCAL_TEST_SEED=${SEED}`))

const MAIN = {
  never: 'the main thread never loads it', before: 'the main thread has loaded it', meanwhile: 'the main thread works with it meanwhile',
}

table('workers that load the package and end', ORDERS.flatMap((order) => Object.entries(MAIN).map(([main, words]) =>
  [`20 workers ${order}, ${words}`, { kind: 'matrix', task: 'loads', order, main, count: 20 * TIMES }])))

table('realms that are made while the main thread sets variables', ORDERS.map((order) =>
  [`3 workers with 120 each, ${order}`, { kind: 'matrix', task: 'realms', order, main: 'sets variables', count: 3 * TIMES }]))

const endless = tasks.filter((task) => !['nothing', 'loads', 'realms', 'tries', 'nests', 'acknowledges'].includes(task))
table('workers that are terminated in the middle of a call', endless.flatMap((task, at) => ORDERS.map((order, turn) => {
  const main = ['never', 'meanwhile'][(at + turn) % 2]
  return [`6 workers ${order}, ${task}, ${MAIN[main]}`, { kind: 'matrix', task, order, main, end: 'terminated at work', count: 6 * TIMES }]
})))

table('workers that are terminated at any moment from their beginning on', ORDERS.flatMap((order) => ['never', 'meanwhile'].map((main) =>
  [`16 workers ${order}, ${MAIN[main]}`, { kind: 'matrix', task: 'everything', order, main, end: 'terminated early', count: 16 * TIMES }])))

table('workers of workers, terminated with them', ORDERS.map((order) =>
  [`4 workers with 2 each, ${order}`, { kind: 'matrix', task: 'nests', order, main: 'never', end: 'terminated at work', count: 4 * TIMES }]))

table('workers that call process.exit', exits.map((exit, at) => {
  const main = ['never', 'meanwhile'][at % 2]
  return [`${exit}, ${MAIN[main]}`, { kind: 'matrix', exit, order: ORDERS[at % 2], main, count: 4 * TIMES }]
}))

table('contexts that load the package are collected', [
  ['reads and writes'], ['files'], ['functions'], ['worlds and clocks'], ['pages'], ['what is never awaited'],
  ['reads and writes', 'files', 'functions', 'worlds and clocks', 'pages', 'what is never awaited'],
].map((use) => [use.length > 1 ? 'all together' : use[0], { kind: 'contexts', use, count: 20 }]))

describe('what a worker wrote', { concurrency: 2 }, () => {
  for (const durability of ['full', 'process']) {
    test(`is kept although the worker is terminated: ${durability}`, async (context) => {
      const data = directory(context)
      const variables = { WX_LOCAL_DATA_DIR: data, WX_LOCAL_DURABILITY: durability, WX_LOCAL_STRICT: '0' }
      const acknowledged = await answerOf({ kind: 'writers', rounds: 8 * TIMES, count: 3, most: 3000 }, variables)
      const stored = await inAnother(data, `
        const stored = []
        for (let skip = 0; ; skip += 1000) {
          const { data } = await db.collection('log').orderBy('n', 'asc').skip(skip).limit(1000).field({ n: true, text: true }).get()
          for (const { _id, n, text } of data) stored.push(_id === 'n' + n && text.length === n % 3000 ? n : -1)
          if (data.length < 1000) return stored
        }`, variables)
      context.diagnostic(`${acknowledged.length} acknowledged, ${stored.length} stored (${durability})`)
      const found = new Set(stored)
      assert.ok(acknowledged.length > 0)
      assert.equal(found.size, stored.length, 'nothing is stored twice')
      assert.ok(!found.has(-1), 'what is stored is whole')
      assert.deepEqual(acknowledged.filter((n) => !found.has(n)), [])
    })
  }
})

describe('memory', { skip: process.platform !== 'linux' && 'other systems tell less of it' }, () => {
  const COUNT = 200
  const WARM = 40
  /** What the allocators of Node, the system and the engine may keep, and nobody counts. */
  const SLACK_MB = 10

  const grown = ({ grown: mb }) => `${mb.toFixed(1)} MB`
  test(`${COUNT} workers leave no more behind than as many without the package`, async (context) => {
    const [bare, ...used] = await Promise.all(['nothing', 'loads', 'tries'].map((task) =>
      answerOf({ kind: 'memory', task, rounds: 1, count: COUNT, warm: WARM })))
    const words = `the last ${COUNT - WARM} of ${COUNT}: ${grown(bare)} bare, ${grown(used[0])} loading, ${grown(used[1])} using it`
    context.diagnostic(words)
    for (const each of used) assert.ok(each.grown <= Math.max(bare.grown, 0) + SLACK_MB, words)
  })
})
