'use strict'
// Workers that begin and end, in a process of their own: `node program.cjs '{"kind": "matrix", ..}'`. Its last line is its answer.
const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')
const { Worker } = require('node:worker_threads')
const { random } = require('./random.cjs')

const options = JSON.parse(process.argv[2])
const next = random(options.seed)
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, next() * ms) })

/** One worker from its beginning to its end, which it finds itself or is made to find at random. */
async function worker({ end = 'itself', ...workerData }) {
  const rounds = end === 'itself' ? 3 : Infinity
  const started = new Worker(path.join(__dirname, 'work.cjs'), { workerData: { rounds, ...workerData } })
  const ended = once(started, 'exit')
  const failed = new Promise((resolve, reject) => started.once('error', reject))
  if (end === 'terminated at work') await Promise.race([once(started, 'message').then(() => pause(12)), failed])
  if (end === 'terminated early') await pause(next() * 300)
  if (end !== 'itself') started.terminate()
  const [code] = await Promise.race([ended, failed])
  const expected = { itself: [workerData.exit === undefined ? 0 : 7], 'terminated at work': [1] }
  assert.ok((expected[end] ?? [0, 1]).includes(code), `the worker's exit code is ${code}`)
}

/** The main thread uses the package too, until `isOver`. */
async function works(isOver) {
  const cloud = require('../../entry/sdk.js')
  const testing = require('../../entry/testing.js')
  cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
  await testing.reset()
  await testing.seed({ mine: [] })
  const mine = cloud.database().collection('mine')
  let added = 0
  do {
    await mine.add({ data: { added } })
    added++
    const { fileID } = await cloud.uploadFile({ cloudPath: 'mine', fileContent: Buffer.from('mine') })
    assert.equal((await cloud.downloadFile({ fileID })).fileContent.toString(), 'mine')
    await new Promise(setImmediate)
  } while (!isOver())
  assert.equal((await mine.count()).total, added)
}

/** Sets variables all the while: whoever reads them beside Node reads freed memory. */
async function setsVariables(isOver) {
  for (let n = 0; !isOver();) {
    for (const until = n + 200; n < until; n++) process.env[`THREADS_${n}`] = 'x'.repeat(20)
    if (n % 10_000 === 0) for (let old = n - 10_000; old < n; old++) delete process.env[`THREADS_${old}`]
    await new Promise(setImmediate)
  }
}

/** Uses the package in a context of its own, of which nothing is kept. */
async function inContext(use, look) {
  const context = vm.createContext({ process, console, Buffer, URL, setTimeout, setImmediate })
  look(vm.runInContext('globalThis', context))
  const filename = require.resolve('./realm.cjs')
  const run = vm.runInContext(fs.readFileSync(filename, 'utf8'), context, { filename })
  await run(require('../../index.js'), require, (url) => import(url), use)
}

const kinds = {
  async matrix({ order, count, main, ...each }) {
    if (main === 'before') await works(() => true)
    let isOver = false
    const beside = { meanwhile: works, 'sets variables': setsVariables }[main]?.(() => isOver)
    if (order === 'at once') await Promise.all(Array.from({ length: count }, () => worker(each)))
    else for (let n = 0; n < count; n++) await worker(each)
    isOver = true
    await beside
    if (main !== 'never') await works(() => true)
  },

  /** How much the process grows with workers, once the first ones have been. */
  async memory({ count, warm, ...each }) {
    const rss = () => { gc(); return process.memoryUsage().rss / 2 ** 20 }
    for (let n = 0; n < warm; n++) await worker(each)
    const before = rss()
    for (let n = warm; n < count; n++) await worker(each)
    return { before, grown: rss() - before }
  },

  /** Writers that are terminated; `from` tells their documents apart. */
  async writers({ rounds, count, most }) {
    const acknowledged = new Int32Array(new SharedArrayBuffer(4 * rounds * count * most))
    for (let round = 0; round < rounds; round++) {
      await Promise.all(Array.from({ length: count }, (_, n) => {
        const from = (round * count + n) * most
        return worker({ task: 'acknowledges', end: 'terminated at work', from, acknowledged })
      }))
    }
    return [...acknowledged.keys()].filter((n) => acknowledged[n] === 1)
  },

  /** Contexts that load the package and are let go of. */
  async contexts({ count, use }) {
    const left = new Set()
    const registry = new FinalizationRegistry((n) => left.delete(n))
    for (let n = 0; n < count; n++) {
      left.add(n)
      await inContext(use, (global) => registry.register(global, n))
    }
    // What one collection finds may hold what the next one finds.
    for (let turn = 0; turn < 100 && left.size > 0; turn++) {
      gc()
      await new Promise(setImmediate)
    }
    assert.deepEqual([...left], [], 'contexts that are still there')
  },
}

async function run({ kind, seed, ...rest }) {
  const answer = await kinds[kind](rest)
  console.log(JSON.stringify(answer ?? 'fine'))
}
run(options)
