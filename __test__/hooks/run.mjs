// Values with hooks, given to every export: whatever hooks do meanwhile, what is stored, asked and
// answered is what the values say, and the process stays whole.
//
//   npm run fuzz:hooks -- --minutes 10 --seed 7
//   npm run fuzz:hooks -- --seed 7 --case 1234
//
// Runs until each export was called `--calls` times, or for `--minutes`. `WX_LOCAL_TEST_SEED` and
// `WX_LOCAL_TEST_CALLS` stand for `--seed` and `--calls`. A case is repeated by the seed that the first
// line prints and its number; some show only in their batch, which `--batch` repeats.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BATCH_CASES } from './batches.mjs'
import { runBatches } from './processes.mjs'

const CALLS_DEFAULT = 10_000
/** The same cases each time; whoever looks for more says another. */
const SEED_DEFAULT = 6
const WORKERS_DEFAULT = 2
/** Batches of one process. */
const LOT_BATCHES = 8
const SHOWN_DEFAULT = 8
/** After so many failures more say nothing new. */
const FAILURES_MAX = 300
/** .. of which those that say the same count so often. */
const ALIKE_MAX = 5
/** Failures whose texts begin alike are told as one. */
const KIND_MAX = 90
const PART_MAX = 1_500
/** Told first. */
const WORST = ['end of the process', 'hang', 'memory', 'uncaught exception', 'unhandled rejection', 'ordinary use', 'output', 'harness']

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: process.env.WX_LOCAL_TEST_CALLS ?? String(CALLS_DEFAULT) },
    seed: { type: 'string', default: process.env.WX_LOCAL_TEST_SEED ?? String(SEED_DEFAULT) },
    minutes: { type: 'string' },
    workers: { type: 'string', default: String(WORKERS_DEFAULT) },
    shown: { type: 'string', default: String(SHOWN_DEFAULT) },
    case: { type: 'string' },
    batch: { type: 'string' },
    from: { type: 'string', default: '0' },
  },
})
const seed = Number(options.seed)
console.log(`WX_LOCAL_TEST_SEED=${seed}`)

const directory = mkdtempSync(join(tmpdir(), 'wx-hooks-parent-'))
process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
const started = performance.now()
const failures = []
const counts = new Map()
let exports = 0
let late = 0
let nextBatch = Number(options.from)

function take({ problems, counts: more, exports: found, late: lateHere }) {
  late += lateHere
  failures.push(...problems)
  exports = Math.max(exports, found)
  for (const [name, count] of Object.entries(more)) counts.set(name, (counts.get(name) ?? 0) + count)
}

function isOver() {
  if ([...kindsOf(failures).values()].reduce((sum, { length }) => sum + Math.min(length, ALIKE_MAX), 0) >= FAILURES_MAX) return true
  if (options.minutes !== undefined) return performance.now() - started > Number(options.minutes) * 60_000
  return counts.size > 0 && Math.min(...counts.values()) >= Number(options.calls)
}

/** One process after the other, until it is enough. One that ended early is followed by its rest. */
async function work(name) {
  while (!isOver()) {
    const from = nextBatch
    const to = (nextBatch += LOT_BATCHES)
    for (let at = from; at < to && !isOver();) {
      const result = await runBatches({ seed, from: at, to, directory, name })
      take(result)
      at = result.next
    }
  }
}

/** What runs again all alone is told by its case. */
async function replayOf({ id, batch, check }) {
  const again = async (only) => {
    const { problems } = await runBatches({ seed, from: batch, to: batch + 1, only, directory, name: 'replay' })
    return problems.find((problem) => problem.check === check)
  }
  const alone = id === undefined || id < 0 ? undefined : await again(id)
  if (alone !== undefined) return `--case ${id}`
  return (await again()) === undefined ? `--batch ${batch} (it was not seen again)` : `--batch ${batch}`
}

function brief(value) {
  const text = typeof value === 'string' ? value : Object.entries(value).map(([side, told]) => `${side}: ${told}`).join('\n    ')
  return text.length > PART_MAX ? `${text.slice(0, PART_MAX)}..` : text
}

/** Failures by what they say. */
function kindsOf(all) {
  const kinds = new Map()
  for (const failure of all) {
    const detail = typeof failure.detail === 'string' ? failure.detail.slice(0, KIND_MAX) : failure.name ?? 'after a batch'
    const kind = `${failure.check}: ${detail}`
    if (kinds.has(kind)) kinds.get(kind).push(failure); else kinds.set(kind, [failure])
  }
  return kinds
}

/** The first failures of each kind, with the command that repeats them. */
async function tell() {
  const weight = ([, [{ check, text = '' }]]) => (WORST.includes(check) ? WORST.indexOf(check) : WORST.length + text.length)
  const rare = [...kindsOf(failures)].sort((left, right) => weight(left) - weight(right))
  for (const [kind, [first, ...others]] of rare.slice(0, Number(options.shown))) {
    const shortest = others.reduce((best, other) => ((other.text?.length ?? Infinity) < (best.text?.length ?? Infinity) ? other : best), first)
    console.error(`\n${kind}, ${others.length + 1} times: npm run fuzz:hooks -- --seed ${seed} ${await replayOf(shortest)}`)
    console.error(`    ${brief(shortest.detail ?? '')}`)
    if (shortest.nested !== undefined) console.error(`  in a hook: ${brief(shortest.nested)}`)
    if (shortest.text !== undefined) console.error(`  ${brief(shortest.text)}`)
  }
  if (rare.length > Number(options.shown)) console.error(`\n.. and ${rare.slice(Number(options.shown)).map(([kind, all]) => `${kind} (${all.length})`).join(', ')}`)
}

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ' ')

if (options.case !== undefined || options.batch !== undefined) {
  const only = options.case === undefined ? undefined : Number(options.case)
  const batch = only === undefined ? Number(options.batch) : Math.floor(only / BATCH_CASES)
  take(await runBatches({ seed, from: batch, to: batch + 1, only, directory, name: 'one' }))
} else {
  await Promise.all(Array.from({ length: Number(options.workers) }, (_, at) => work(at)))
}
if (failures.length > 0) {
  await tell()
  process.exitCode = 1
}
const least = [...counts].sort(([, left], [, right]) => left - right)[0] ?? ['none', 0]
const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
console.log(`${((performance.now() - started) / 1000).toFixed(0)} s, ${grouped(nextBatch * BATCH_CASES)} cases; fewest calls: ${grouped(least[1])} of ${least[0]}`)
if (late > 0) console.log(`${late} batches were late, and were run again with more patience`)
console.log(`hooks: seed ${seed}, ${exports} exports, ${grouped(total)} calls, ${failures.length} failures`)
