'use strict'
// Pipelines over 100 000 stored documents, next to mingo over plain arrays in the same run.
// Usage: node benches/aggregate.cjs [documents] [rounds]
process.env.WX_LOCAL_DATA_DIR = ':memory:'
process.env.WX_LOCAL_DIAGNOSTICS = 'off'
const COUNT = Number(process.argv[2] ?? 100_000)
const ROUNDS = Number(process.argv[3] ?? 7)

const documents = Array.from({ length: COUNT }, (_, i) => ({
  _id: i, city: `city-${i % 100}`, age: (i * 7919) % 80, active: i % 3 === 0, tags: [`t${i % 50}`, `t${(i * 31) % 50}`],
  owner: i % 1000, name: `用户${i}`, createdAt: new Date(1.6e12 + i * 1000), address: { street: `street ${i}`, zip: `${i}` }, note: 'x'.repeat(40),
}))
const owners = Array.from({ length: 1000 }, (_, i) => ({ _id: i, title: `owner ${i}` }))

async function main() {
  const cloud = require('../entry/sdk.js')
  cloud.init({ env: 'bench' })
  const db = cloud.database()
  const $ = db.command.aggregate
  await db.createCollection('docs')
  await db.createCollection('owners')
  for (let i = 0; i < COUNT; i += 1000) await db.collection('docs').add({ data: documents.slice(i, i + 1000) })
  await db.collection('owners').add({ data: owners })
  const { Aggregator } = await import('mingo')
  const run = (stages) => new Aggregator(stages).run(documents)
  const docs = () => db.collection('docs').aggregate()
  const pipelines = {
    '$match + $group + $sort': [
      () => docs().match({ active: true }).group({ _id: '$city', total: $.sum('$age'), mean: $.avg('$age') }).sort({ total: -1, _id: 1 }).end(),
      () => run([{ $match: { active: true } }, { $group: { _id: '$city', total: { $sum: '$age' }, mean: { $avg: '$age' } } }, { $sort: { total: -1, _id: 1 } }]),
    ],
    '$unwind + $group': [
      () => docs().unwind('$tags').group({ _id: '$tags', count: $.sum(1) }).sort({ _id: 1 }).end(),
      () => run([{ $unwind: '$tags' }, { $group: { _id: '$tags', count: { $sum: 1 } } }, { $sort: { _id: 1 } }]),
    ],
    '$lookup + $group': [
      () => docs().lookup({ from: 'owners', localField: 'owner', foreignField: '_id', as: 'o' }).group({ _id: { $arrayElemAt: ['$o.title', 0] }, n: $.sum(1) }).sort({ _id: 1 }).limit(1000).end(),
      () => run([{ $lookup: { from: owners, localField: 'owner', foreignField: '_id', as: 'o' } }, { $group: { _id: { $arrayElemAt: ['$o.title', 0] }, n: { $sum: 1 } } }, { $sort: { _id: 1 } }, { $limit: 1000 }]),
    ],
  }
  const table = {}
  for (const [name, [ours, theirs]] of Object.entries(pipelines)) {
    const best = async (work) => {
      let fastest = Infinity
      for (let round = 0; round < ROUNDS; round++) {
        const start = performance.now()
        await work()
        fastest = Math.min(fastest, performance.now() - start)
      }
      return fastest
    }
    const [{ list }, other] = [await ours(), theirs()]
    if (JSON.stringify(list) !== JSON.stringify(other)) throw new Error(`${name}: the answers differ`)
    const [local, mingo] = [await best(ours), await best(async () => theirs())]
    table[name] = { 'ours ms': Number(local.toFixed(1)), 'mingo ms': Number(mingo.toFixed(1)), 'times faster': Number((mingo / local).toFixed(2)) }
  }
  console.log(`${COUNT} documents, best of ${ROUNDS}; ours reads its store and makes the results, mingo works on live arrays`)
  console.table(table)
}
main()
