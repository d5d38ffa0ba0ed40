// Random questions, asked of our engine and of an independent one. Differences fail the run.
//
//   npm run fuzz -- --cases 2000000 --seed 7 --kind update
//
// `--kind` takes names of `kinds.mjs`, separated by commas; `--shown` is how many differences are
// printed. `WX_LOCAL_TEST_SEED` and `WX_LOCAL_TEST_CASES` stand for `--seed` and `--cases`. A run is
// repeated by the seed that its first line prints, with the same kinds.

import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'

import { DEVIATIONS } from './deviations.mjs'
import { canonical, decode, encode } from './extended.mjs'
import { KINDS } from './kinds.mjs'
import { Dice } from './random.mjs'

const { evaluate } = createRequire(import.meta.url)('../../index.js')

const CASES_DEFAULT = 34_000
const SEED_DEFAULT = 20_240_501
const BATCH_CASES = 40
const BATCH_DOCUMENTS = 10
const SHOWN_MAX = 5
/** Two of three cases are queries or updates, the third is a pipeline. */
const TURNS = ['filter', 'update', 'expression', 'filter', 'projection', 'pipeline', 'filter', 'update', 'pipeline', 'filter', 'sort', 'expression', 'update']

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: process.env.WX_LOCAL_TEST_CASES ?? String(CASES_DEFAULT) },
    seed: { type: 'string', default: process.env.WX_LOCAL_TEST_SEED ?? String(SEED_DEFAULT) },
    kind: { type: 'string' },
    shown: { type: 'string', default: String(SHOWN_MAX) },
  },
})

const seed = Number(options.seed)
const cases = Number(options.cases)
const turns = options.kind ? options.kind.split(',') : TURNS
console.log(`WX_LOCAL_TEST_SEED=${seed} cases=${cases}`)

// Refusals are answers here: nobody reads where they came from.
Error.stackTraceLimit = 0

const started = performance.now()
const asked = { query: 0, pipeline: 0 }
const excused = new Map()
const failures = []
const dice = new Dice(seed)

function runBatch(kind) {
  const documents = Array.from({ length: BATCH_DOCUMENTS }, (_, id) => kind.document(dice, id))
  const requests = Array.from({ length: BATCH_CASES }, () => kind.make(dice, documents))
  const batch = { documents: encode(documents, dice), cases: requests.map((request) => encode(request)) }
  const replies = decode(JSON.parse(evaluate(JSON.stringify(batch))))
  return requests.flatMap((request, index) => kind.compare(request, documents, replies[index]))
}

for (let done = 0, turn = 0; done < cases; done += BATCH_CASES, turn++) {
  const name = turns[turn % turns.length]
  asked[KINDS[name].of] += BATCH_CASES
  for (const difference of runBatch(KINDS[name])) {
    const known = DEVIATIONS.find(({ kinds, applies }) => kinds.includes(name) && applies(difference))
    if (known) excused.set(known, (excused.get(known) ?? 0) + 1)
    else failures.push({ kind: name, ...difference })
  }
}

const seconds = ((performance.now() - started) / 1000).toFixed(1)
console.log(`${asked.query} queries and updates, ${asked.pipeline} pipelines in ${seconds} s`)
for (const [{ name }, count] of [...excused].sort((left, right) => right[1] - left[1])) {
  console.log(`  ${String(count).padStart(7)}  ${name}`)
}
if (failures.length > 0) {
  report(failures)
  process.exitCode = 1
}

/** The shortest differences: they say most about their cause. */
function report(all) {
  const brief = (answer) => answer.error ?? canonical(answer.documents)
  const texts = all.map(({ kind, request, document, ours, theirs }) =>
    [`${kind} ${canonical(request)}`, `  on     ${canonical(document)}`, `  ours   ${brief(ours)}`, `  theirs ${brief(theirs)}`].join('\n'))
  const distinct = [...new Set(texts)].sort((left, right) => left.length - right.length)
  console.error(distinct.slice(0, Number(options.shown)).join('\n'))
  console.error(`${all.length} differences`)
}
