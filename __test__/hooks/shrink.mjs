// Makes a failing case smaller as long as it fails in the same way, and prints what is left.
//
//   node __test__/hooks/shrink.mjs --seed 7 --case 1234
//   node __test__/hooks/shrink.mjs --seed 7 --case 1234 --fatal
//
// Cases that end the process need `--fatal`: each try is then a process of its own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { parseArgs } from 'node:util'
import { Batch, BATCH_CASES, isWildBatch } from './batches.mjs'
import { Writer } from './build.mjs'
import { BURST_STEP } from './calls.mjs'
import { LISTS, makeCase, Pool } from './maker.mjs'
import { runBatches } from './processes.mjs'
import { Scene } from './scene.mjs'

const { values: options } = parseArgs({ options: { seed: { type: 'string' }, case: { type: 'string' }, fatal: { type: 'boolean', default: false } } })
const seed = Number(options.seed)
const id = Number(options.case)
const batch = Math.floor(id / BATCH_CASES)
const log = console.log
for (const level of ['log', 'info', 'warn', 'error', 'debug']) console[level] = () => {}
Error.stackTraceLimit = 0
process.on('unhandledRejection', () => {})
process.on('uncaughtException', () => {})
const directory = mkdtempSync(join(tmpdir(), 'wx-hooks-shrink-'))
process.once('exit', () => rmSync(directory, { recursive: true, force: true }))

const scene = await new Scene().open()
const { exports } = scene
const pool = new Pool(seed, { exports, isWild: isWildBatch(batch) })
const copy = (value) => deserialize(serialize(value))

/** The kinds of failures that a case has. */
async function failuresOf(made) {
  if (!options.fatal) return (await new Batch(scene, { seed, ids: [id], pool, beat() {}, made }).run()).map(({ check }) => check)
  const file = join(directory, 'case')
  writeFileSync(file, serialize(made))
  const { problems } = await runBatches({ seed, from: batch, to: batch + 1, only: id, file, directory, name: 'shrink' })
  return problems.map(({ check }) => check)
}

/** Calls in a row as calls of their own, and arguments from the pool in their place. */
function spelt(act) {
  if (act.burst !== undefined) {
    return Array.from({ length: act.count }, (_, step) => {
      const at = act.burst + id * BURST_STEP + step
      return { call: at % exports.length, choice: (act.choice + id) % LISTS, receiver: at, isElsewhere: true }
    })
  }
  if (act.call !== undefined && act.args === undefined) return [{ ...act, args: copy(pool.list(act.call, act.choice)) }]
  return [act]
}

/** Every smaller variant of a part of a case, as changes of a copy of it. */
function* variants(holder, key) {
  const part = holder[key]
  if (Array.isArray(part)) {
    for (let size = part.length; size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < part.length; from += size) yield () => { part.splice(from, size) }
    }
    for (const at of part.keys()) yield* variants(part, at)
  } else if (part !== null && typeof part === 'object') {
    const isSpec = 'leaf' in part || 'literal' in part || 'list' in part || 'object' in part || 'text' in part
    const isAct = 'burst' in part || 'call' in part
    if (isAct && Array.isArray(holder)) {
      const [first, ...others] = spelt(part)
      if (first !== part) yield () => { holder.splice(key, 1, first, ...others) }
      if (part.follows) yield () => { part.follows = false }
    }
    if (isSpec && part.literal !== 1) yield () => { holder[key] = { literal: 1 } }
    if (isSpec) for (const inner of part.parts ?? part.list ?? part.object?.map(({ value }) => value) ?? []) yield () => { holder[key] = inner }
    if (part.how === 'get' && part.value !== undefined) yield () => { part.how = 'value' }
    if (part.proxied !== undefined) yield () => { delete part.proxied }
    for (const inner of ['patches', 'args', 'list', 'object', 'parts', 'acts', 'value', 'returns', 'proxied']) {
      if (part[inner] !== undefined) yield* variants(part, inner)
    }
  }
}

/** The first smaller case that still fails so, or nothing. */
async function smaller(made, check, from) {
  for (let step = from; ; step++) {
    const holder = { made: copy(made) }
    let change
    let at = 0
    for (const next of variants(holder, 'made')) if (at++ === step) { change = next; break }
    if (change === undefined) return undefined
    change()
    if (Array.isArray(holder.made.args) && (await failuresOf(holder.made)).includes(check)) return { made: holder.made, step }
  }
}

let made = makeCase(seed, id, { exports, isWild: pool.isWild })
const [check] = await failuresOf(made)
log(`fails: ${check}`)
if (check !== undefined) {
  for (let next, from = 0; (next = await smaller(made, check, from) ?? (from > 0 ? await smaller(made, check, 0) : undefined)) !== undefined; from = next.step) made = next.made
  const problem = options.fatal ? undefined : (await new Batch(scene, { seed, ids: [id], pool, beat() {}, made }).run()).find((found) => found.check === check)
  log(new Writer({ exports, pool }).case(made))
  if (problem !== undefined) log(typeof problem.detail === 'string' ? problem.detail : Object.entries(problem.detail).map(([side, text]) => `${side}: ${text}`).join('\n'))
}
process.exit()
