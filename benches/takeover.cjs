'use strict'
// How long the processes on one directory wait when the one that holds the store is killed.
// Usage: node benches/takeover.cjs [rounds]
const { performance } = require('node:perf_hooks')
const { directory, start, ask } = require('../__test__/processes/support.cjs')

const rounds = Number(process.argv[2] ?? 10)
const ends = []

async function main() {
  const data = directory({ after: (end) => ends.push(end) })
  const begin = async () => {
    const worker = start(data, 'worker.cjs', [])
    await ask(worker, `await db.createCollection('log').catch(() => {}); await db.collection('log').count()`)
    return worker
  }
  const times = []
  let holder = await begin()
  for (let round = 0; round < rounds; round++) {
    const next = await begin()
    holder.kill()
    await holder.ended
    const since = performance.now()
    await ask(next, `await db.collection('log').add({ data: {} })`)
    times.push(Math.round(performance.now() - since))
    holder = next
  }
  console.log(`ms from the holder's end to the next acknowledged write: ${times.sort((a, b) => a - b).join(', ')}`)
}
main().finally(async () => { for (const end of ends) await end() })
