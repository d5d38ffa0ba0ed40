'use strict'
// What `reset` and `restore` cost between two tests, by the number of documents stored: constant time.
// Usage: node benches/reset.cjs [rounds]
process.env.WX_LOCAL_DATA_DIR = ':memory:'
const { performance } = require('node:perf_hooks')
const cloud = require('../entry/sdk.js')
const { createTest } = require('../entry/testing.js')

const rounds = Number(process.argv[2] ?? 101)
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const todos = cloud.database().collection('todos')

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

/** Milliseconds of `work`, each time after a test's own write. */
async function measure(world, work) {
  const times = []
  for (let round = 0; round < rounds; round++) {
    await world.run(() => todos.add({ data: { round } }))
    const begin = performance.now()
    await work()
    times.push(performance.now() - begin)
  }
  return Number(median(times).toFixed(4))
}

async function main() {
  const table = {}
  for (const count of [100, 10_000, 200_000]) {
    const world = createTest()
    await world.seed({ todos: Array.from({ length: count }, (_, n) => ({ text: `to-do ${n}`, n, tags: ['a', 'b'], at: new Date(n) })) })
    const before = await world.snapshot()
    const row = { 'reset ms': await measure(world, () => world.reset()), 'restore ms': await measure(world, () => world.restore(before)) }
    const { total } = await world.run(() => todos.count())
    if (total !== count) throw new Error(`${total} documents instead of ${count}`)
    table[`${count} documents`] = row
    await world.dispose()
  }
  console.table(table)
}
main()
