'use strict'
// What a large store costs: one million documents of 300 bytes on disk, next to a store of a thousand.
// Each figure comes from a process of its own. Usage: node benches/million.cjs [documents] [process|full]
const { spawnSync } = require('node:child_process')
const { mkdtempSync, readFileSync, rmSync, statSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const COUNT = Number(process.argv[2] ?? 1_000_000)
const DURABILITY = process.argv[3] ?? 'process'
const SMALL = 1_000
const BATCH = 5_000
const ROUNDS = 7

/** The tasks of child processes; each answers with a number or an object of numbers. */
const tasks = {
  async build(db, count) {
    await db.createCollection('docs')
    await require('../entry/testing.js').indexes('docs', [{ keys: { value: 1 } }])
    for (let first = 0; first < count; first += BATCH) {
      const data = Array.from({ length: Math.min(BATCH, count - first) }, (_, i) => document(first + i))
      await db.collection('docs').add({ data })
    }
    return 0
  },
  /** Milliseconds until the first answer, once the package is loaded. */
  async open(db) {
    const start = performance.now()
    await db.collection('docs').where({ value: 7 }).get()
    return performance.now() - start
  },
  /** Microseconds a lookup by an indexed value, best of some rounds over values all over the collection. */
  async lookup(db, count) {
    const docs = db.collection('docs')
    let best = Infinity
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now()
      for (let i = 0; i < SMALL; i++) {
        const { data } = await docs.where({ value: (i * 7919) % count }).get()
        if (data.length !== 1) throw new Error(`${data.length} documents of one value`)
      }
      best = Math.min(best, ((performance.now() - start) * 1000) / SMALL)
    }
    return best
  },
  count: scanning(async (db, count) => {
    const { total } = await db.collection('docs').where({ level: 3 }).count()
    return total === Math.ceil((count - 3) / 10)
  }),
  aggregate: scanning(async (db, count) => {
    const { list } = await db.collection('docs').aggregate().group({ _id: '$level', sum: db.command.aggregate.sum('$value') }).end()
    return list.length === 10 && list.reduce((sum, group) => sum + group.sum, 0) === (count * (count - 1)) / 2
  }),
  'sort + limit': scanning(async (db, count) => {
    const { data } = await db.collection('docs').orderBy('score', 'desc').limit(20).get()
    return data.length === Math.min(20, count)
  }),
  /** All of them, in pages by id. */
  pages: scanning(async (db, count) => {
    let [last, read] = ['', 0]
    for (;;) {
      const { data } = await db.collection('docs').where({ _id: db.command.gt(last) }).orderBy('_id', 'asc').limit(1000).get()
      if (data.length === 0) return read === count
      read += data.length
      last = data.at(-1)._id
    }
  }),
}

function document(i) {
  return {
    _id: `id-${String(i).padStart(9, '0')}`, value: i, level: i % 10, score: (i * 7919) % 10_007, name: `name of ${i}`,
    at: new Date(1.6e12 + i), text: 'x'.repeat(150),
  }
}

/** A task over every document: how long it takes and what it adds to the most memory that was resident. */
function scanning(work) {
  return async (db, count) => {
    await db.collection('docs').where({ value: 7 }).get()
    const before = peak()
    const start = performance.now()
    if (!(await work(db, count))) throw new Error('the answer is wrong')
    return { ms: performance.now() - start, grown: peak() - before, peak: peak() }
  }
}

/** The most megabytes that were resident at one time. */
const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024

async function child(task, count) {
  const cloud = require('../entry/sdk.js')
  cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
  process.stdout.write(JSON.stringify(await tasks[task](cloud.database(), count)))
}

function run(task, count, directory) {
  const env = { ...process.env, WX_LOCAL_DATA_DIR: directory, WX_LOCAL_DURABILITY: DURABILITY, WX_LOCAL_DIAGNOSTICS: 'off' }
  const { stdout, stderr } = spawnSync(process.execPath, [__filename, '--child', task, String(count)], { env, encoding: 'utf8' })
  if (!stdout) throw new Error(`${task}: ${stderr}`)
  return JSON.parse(stdout)
}

function main() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'wx-million-'))
  try {
    const stores = { [SMALL]: path.join(folder, 'small'), [COUNT]: path.join(folder, 'large') }
    for (const [count, directory] of Object.entries(stores)) {
      const start = performance.now()
      run('build', Number(count), directory)
      const megabytes = statSync(path.join(directory, 'store.redb')).size / 1e6
      console.log(`${count} documents: built in ${((performance.now() - start) / 1000).toFixed(1)} s, ${megabytes.toFixed(0)} MB`)
    }
    const best = (task, count) =>
      Math.min(...Array.from({ length: ROUNDS }, () => run(task, count, stores[count])))
    const opening = { small: best('open', SMALL), large: best('open', COUNT) }
    const lookup = { small: run('lookup', SMALL, stores[SMALL]), large: run('lookup', COUNT, stores[COUNT]) }
    console.log(`opening:  ${opening.large.toFixed(1)} ms, ${(opening.large - opening.small).toFixed(1)} ms more than with ${SMALL} documents (aim: 50)`)
    console.log(`lookup:   ${lookup.large.toFixed(1)} us, ${(lookup.large / lookup.small).toFixed(2)} times that of ${SMALL} documents (aim: 2)`)
    console.log('scanning: megabytes added to the peak of resident memory (aim: 200)')
    const scans = ['count', 'aggregate', 'sort + limit', 'pages']
    console.table(Object.fromEntries(scans.map((task) => {
      const { ms, grown, peak: most } = run(task, COUNT, stores[COUNT])
      return [task, { seconds: Number((ms / 1000).toFixed(2)), 'MB added': Math.round(grown), 'peak MB': Math.round(most) }]
    })))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[2] === '--child') child(process.argv[3], Number(process.argv[4]))
else main()
