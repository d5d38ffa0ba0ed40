// A process that runs cases. What it is about to do stands in a file, for whoever finds it dead.

import { openSync, readFileSync, writeSync } from 'node:fs'
import { deserialize } from 'node:v8'
import { Batch, BATCH_CASES, isWildBatch } from './batches.mjs'
import { Writer } from './build.mjs'
import { quietly } from './hooks.mjs'
import { makeCase, Pool } from './maker.mjs'
import { Scene } from './scene.mjs'

const REPORT_FD = 3
const { seed, from, to, only, file, beats, patience } = JSON.parse(process.argv[2])
Error.stackTraceLimit = Number(process.env.WX_LOCAL_TEST_STACK ?? 0)
for (const level of ['log', 'info', 'warn', 'error', 'debug']) console[level] = () => {}

/** One line for the parent. */
function report(line) {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
  for (let sent = 0; sent < bytes.length;) {
    try { sent += writeSync(REPORT_FD, bytes, sent) } catch (error) { if (error.code !== 'EAGAIN') throw error }
  }
}

let current
const beatFd = openSync(beats, 'w')
const beatBytes = Buffer.alloc(8)
/** Says which case comes next. */
function beat(id) {
  current = id
  beatBytes.writeDoubleLE(id)
  writeSync(beatFd, beatBytes, 0, 8, 0)
}

/** A case that was made smaller. */
const made = file === undefined ? undefined : deserialize(readFileSync(file))
const strays = []
const told = (reason) => { try { return String(reason?.stack || reason) } catch { return 'unreadable' } }
process.on('unhandledRejection', (reason) => quietly(() => strays.push({ id: current, check: 'unhandled rejection', detail: told(reason) })))
process.on('uncaughtException', (error) => quietly(() => strays.push({ id: current, check: 'uncaught exception', detail: told(error) })))

const scene = await new Scene().open()
const { exports } = scene
const pools = [false, true].map((isWild) => new Pool(seed, { exports, isWild }))
report({ exports: exports.length })

for (let batch = from; batch < to; batch++) {
  const pool = pools[Number(isWildBatch(batch))]
  const ids = Array.from({ length: BATCH_CASES }, (_, at) => batch * BATCH_CASES + at)
  const problems = await new Batch(scene, { seed, ids, pool, beat, only, made, patience }).run()
  await new Promise(setImmediate)
  for (const problem of [...problems, ...strays.splice(0)]) {
    const failed = problem.id === undefined || problem.id < 0 ? undefined : makeCase(seed, problem.id, { exports, isWild: pool.isWild })
    const { nested, ...rest } = problem
    const texts = failed === undefined ? {} : { text: new Writer({ exports, pool }).case(failed) }
    if (nested !== undefined) texts.nested = new Writer({ exports, pool }).call(exports.byName.get(nested.name), nested.receiver, nested.args)
    report({ problem: { ...rest, batch, ...texts } })
  }
  report({ batch })
}
report({ counts: Object.fromEntries(exports.map(({ name }, at) => [name, scene.counts[at]])) })
process.exit(0)
