'use strict'
// Several processes on one data directory: one holds the store, the others are served, and one of
// them takes over when it ends.
const { test, describe } = require('node:test')
const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { directory, start, ask, inAnother } = require('./processes/support.cjs')

const PREPARE = `
  await db.createCollection('log')
  await db.collection('log').add({ data: { _id: 'total', count: 0 } })`
const EVERYTHING = `
  const rows = []
  for (let skip = 0; ; skip += 1000) {
    const { data } = await db.collection('log').skip(skip).limit(1000).get()
    rows.push(...data)
    if (data.length < 1000) return rows
  }`

/** A process that is on the directory, answered once. */
async function worker(context, data, more) {
  const started = start(data, 'worker.cjs', [], more)
  context.after(() => started.kill())
  await ask(started, `await db.collection('log').count().catch(() => {})`)
  return started
}

describe('several processes on one directory', () => {
  test('a directory is copied while it is in use: the original is served on, and the copy is its own', async (context) => {
    const [data, copy] = [directory(context), directory(context)]
    const first = await worker(context, data)
    await ask(first, PREPARE)
    await ask(first, `return db.collection('log').add({ data: { _id: 'before' } })`)
    execFileSync('cp', ['-a', `${data}/.`, copy])
    const apart = await worker(context, copy)
    await ask(apart, `return db.collection('log').add({ data: { _id: 'only in the copy' } })`)
    const second = await worker(context, data)
    await ask(second, `return db.collection('log').add({ data: { _id: 'after' } })`)
    const ids = async (at) => (await ask(at, `return (await db.collection('log').orderBy('_id', 'asc').get()).data.map(({ _id }) => _id)`))
    assert.deepEqual(await ids(first), ['after', 'before', 'total'])
    assert.deepEqual(await ids(second), ['after', 'before', 'total'])
    assert.deepEqual(await ids(apart), ['before', 'only in the copy', 'total'])
  })

  test('read and write the same data with the same answers', async (context) => {
    const data = directory(context)
    const [first, second] = [await worker(context, data), await worker(context, data)]
    await ask(first, PREPARE)
    const calls = [
      `return db.collection('log').doc('total').get()`,
      `return db.collection('log').where({ count: _.gte(0) }).orderBy('count', 'desc').limit(1).field({ count: true }).get()`,
      `return db.collection('log').count()`,
      `return db.collection('log').aggregate().match({ count: 0 }).project({ _id: 1 }).end()`,
      `return (await db.collection('log').add({ data: { at: new Date(0), n: 0.5 } })).errMsg`,
      `return db.collection('log').where({ n: 0.5 }).update({ data: { m: _.push([1, 'a']) } }).then(({ errMsg }) => errMsg)`,
      `return db.collection('log').where({ n: 0.5 }).field({ _id: false, m: false }).get()`,
      `await db.collection('log').add({ data: { n: 2 } }); return db.collection('log').where({ n: 2 }).remove()`,
      `const made = await db.collection('log').doc('new').set({ data: { a: [1, { b: null }] } }); return [made, await db.collection('log').doc('new').remove()]`,
    ]
    const plain = (answer) => JSON.parse(JSON.stringify(answer), (key, value) => key === 'requestId' ? undefined : value)
    for (const call of calls) {
      assert.deepEqual(plain(await ask(second, call)), plain(await ask(first, call)), call)
    }
    const refused = [
      `return db.collection('nowhere').get()`,
      `return db.collection('log').add({ data: { _id: 'total' } })`,
      `return db.collection('log').doc('nothing').get()`,
      `return db.collection('log').where({ a: _.mod([0, 1]) }).get()`,
    ]
    for (const call of refused) {
      const [here, there] = await Promise.all([first, second].map((at) => ask(at, call).catch((error) => error)))
      assert.ok(there instanceof Error, call)
      assert.equal(there.errCode, here.errCode, call)
    }
  })

  test('another takes over, and what was under way is answered', async (context) => {
    const data = directory(context)
    const [first, second] = [await worker(context, data), await worker(context, data)]
    await ask(first, PREPARE)
    first.kill()
    await first.ended
    await ask(second, `await db.collection('log').doc('total').update({ data: { count: _.inc(1) } })`)
    const third = await worker(context, data)
    assert.equal((await ask(third, `return db.collection('log').doc('total').get()`)).data.count, 1)
  })

  test('a transaction of another process commits, conflicts and rolls back as here', async (context) => {
    const data = directory(context)
    const [first, second] = [await worker(context, data), await worker(context, data)]
    await ask(first, PREPARE)
    await ask(second, `
      kept.transaction = await db.startTransaction()
      await kept.transaction.collection('log').doc('total').update({ data: { count: 5 } })`)
    assert.equal((await ask(first, `return db.collection('log').doc('total').get()`)).data.count, 0)
    await assert.rejects(ask(first, `
      const transaction = await db.startTransaction()
      await transaction.collection('log').doc('total').update({ data: { count: 6 } })`))
    await ask(second, `await kept.transaction.commit()`)
    assert.equal((await ask(first, `return db.collection('log').doc('total').get()`)).data.count, 5)
    await ask(second, `
      const transaction = await db.startTransaction()
      await transaction.collection('log').doc('total').update({ data: { count: 7 } })
      await transaction.rollback()`)
    assert.equal((await ask(first, `return db.collection('log').doc('total').get()`)).data.count, 5)
  })

  test('a transaction goes with the process that held it, and says so', async (context) => {
    const data = directory(context)
    const [first, second] = [await worker(context, data), await worker(context, data)]
    await ask(first, PREPARE)
    await ask(second, `
      kept.transaction = await db.startTransaction()
      await kept.transaction.collection('log').doc('total').update({ data: { count: 5 } })`)
    first.kill()
    await first.ended
    await assert.rejects(ask(second, `await kept.transaction.collection('log').doc('total').get()`), /Transaction does not exist/)
    await assert.rejects(ask(second, `await kept.transaction.commit()`), /Transaction does not exist/)
    assert.equal((await ask(second, `return db.collection('log').doc('total').get()`)).data.count, 0)
  })

  test('the locks of a process that was killed are released', async (context) => {
    const data = directory(context)
    const [first, second] = [await worker(context, data), await worker(context, data)]
    await ask(first, PREPARE)
    await ask(second, `
      const transaction = await db.startTransaction()
      await transaction.collection('log').doc('total').update({ data: { count: 5 } })`)
    second.kill()
    // The patience of a plain write ends long before a transaction expires.
    await ask(first, `await db.collection('log').doc('total').update({ data: { count: 1 } })`)
  })

  test('who has no token, or a wrong one, is not served', async (context) => {
    const data = directory(context)
    const holder = await worker(context, data)
    await ask(holder, PREPARE)
    await inAnother(data, `return db.collection('log').count()`)
    const announcement = path.join(data, 'share.bson')
    assert.equal(fs.statSync(announcement).mode & 0o777, 0o600)
    const bytes = fs.readFileSync(announcement)
    const socket = /\/[^\0]*share-[0-9a-f]+\.sock/.exec(bytes.toString('latin1'))[0]
    assert.equal(fs.statSync(socket).mode & 0o777, 0o600)

    for (const greeting of [Buffer.from([0xff, 0xff, 0xff, 0x7f]), hello(Buffer.alloc(32)), hello(Buffer.alloc(0))]) {
      assert.equal((await answerTo(socket, greeting)).length, 0)
    }
    const at = bytes.indexOf('token') + 'token'.length + 1 + 5
    const token = bytes.subarray(at, at + 32)
    assert.ok((await answerTo(socket, hello(token), true)).length > 4, 'the right one is')
    // The holder is none the worse.
    assert.equal(await inAnother(data, `return (await db.collection('log').count()).total`), 1)
  })

  test('a socket and an announcement that a killed process has left are no obstacle', async (context) => {
    const data = directory(context)
    const first = await worker(context, data)
    await ask(first, PREPARE)
    await inAnother(data, `return db.collection('log').count()`)
    first.kill()
    await first.ended
    assert.ok(fs.readdirSync(data).some((name) => name.endsWith('.sock')), 'it had no time to tidy')
    const second = await worker(context, data)
    assert.equal((await ask(second, `return db.collection('log').count()`)).total, 1)
    assert.equal(await inAnother(data, `return (await db.collection('log').count()).total`), 1)
    assert.equal(fs.readdirSync(data).filter((name) => name.endsWith('.sock')).length, 1)
  })

  test('each of them seeds, resets and restores what all of them see', async (context) => {
    const data = directory(context)
    const [first, second] = [await worker(context, data), await worker(context, data)]
    await ask(first, PREPARE)
    const total = async () => (await ask(first, `return db.collection('log').count()`)).total
    const add = (at) => ask(at, `await db.collection('log').add({ data: {} })`)

    await ask(second, `await testing.seed({ log: { documents: [{ n: 1 }, { n: 2 }], indexes: ['n'] } })`)
    assert.equal(await total(), 2)
    await add(first)
    await ask(second, `await testing.reset()`)
    assert.equal(await total(), 2, 'as seeded')
    await ask(second, `kept.point = await testing.snapshot()`)
    await add(first)
    await ask(second, `await testing.restore(kept.point)`)
    assert.equal(await total(), 2)
    await assert.rejects(ask(second, `await testing.seed({ log: [{ _id: 'a' }], more: [{ _id: 'b' }, { _id: 'b' }] })`), /more\[1\]: E11000 duplicate key error collection: local\.more index/)
    assert.deepEqual([await total(), await ask(first, `return testing.collections()`)], [2, ['log']])

    // A transaction does not outlive the data that it began on, wherever it was begun.
    const begin = `kept.open = await db.startTransaction(); await kept.open.collection('log').add({ data: {} })`
    for (const at of [first, second]) await ask(at, begin)
    await ask(second, `await testing.reset()`)
    for (const at of [first, second]) await assert.rejects(ask(at, `await kept.open.commit()`), /ransaction/)
    assert.equal(await total(), 2)

    // A snapshot is kept by the process that holds the store.
    first.kill()
    await first.ended
    assert.equal((await ask(second, `return db.collection('log').count()`)).total, 2)
    await assert.rejects(ask(second, `await testing.restore(kept.point)`), /the snapshot is gone.*seed again/)
    await ask(second, `await testing.seed({ log: [] }); await testing.reset()`)
    assert.equal((await ask(second, `return db.collection('log').count()`)).total, 0)
  })

  test('a reset without a seed leaves no data, for all of them', async (context) => {
    const data = directory(context)
    const [first, second] = [await worker(context, data), await worker(context, data)]
    await ask(first, PREPARE)
    await ask(first, `kept.id = (await cloud.uploadFile({ cloudPath: 'a.txt', fileContent: Buffer.from('x') })).fileID`)
    await ask(second, `await testing.reset()`)
    assert.deepEqual(await ask(first, `return testing.collections()`), [])
    await assert.rejects(ask(first, `await cloud.downloadFile({ fileID: kept.id })`), /not exist/)
  })

  test('nothing is lost or applied twice while the holder is killed again and again', { timeout: 120_000 }, async (context) => {
    const data = directory(context)
    await inAnother(data, PREPARE)
    const all = []
    const acknowledged = new Map()
    const begin = (index) => {
      const name = `p${index}`
      const writer = start(data, 'writer.cjs', [name, 4, 0], { WX_LOCAL_DURABILITY: 'process' })
      all.push(writer)
      context.after(() => writer.kill())
      return writer
    }
    let next = 0
    const living = []
    // One after the other, so that the first in the list has the store.
    for (; next < 8; next += 1) {
      const writer = begin(next)
      await writer.line('ready')
      living.push(writer)
    }
    for (let round = 0; round < 10; round += 1) {
      const pid = holderOf(data)
      const at = living.findIndex((writer) => writer.child.pid === pid)
      assert.notEqual(at, -1, `process ${pid} holds the store`)
      const [killed] = living.splice(at, 1)
      killed.kill()
      await killed.ended
      const marks = living.map((writer) => writer.lines.length)
      await Promise.all(living.map((writer, index) => writer.line('ack', marks[index])))
      const writer = begin(next)
      next += 1
      await writer.line('ready')
      living.push(writer)
    }
    for (const writer of living) writer.kill()
    await Promise.all(living.map((writer) => writer.ended))
    for (const writer of all) {
      assert.deepEqual(writer.lines.filter((line) => line.startsWith('error')), [])
      for (const line of writer.lines) {
        if (line.startsWith('ack')) acknowledged.set(line.split(' ')[1], true)
      }
    }
    const rows = (await inAnother(data, EVERYTHING)).filter((row) => row.of)
    const stored = new Map(rows.map((row) => [row.of, row.count]))
    context.diagnostic(`${acknowledged.size} acknowledged, ${stored.size} stored`)
    assert.ok(acknowledged.size > 100)
    assert.equal(stored.size, rows.length, 'a document was added twice')
    assert.deepEqual([...acknowledged.keys()].filter((id) => stored.get(id) !== 1), [], 'lost, or counted twice')
    assert.deepEqual([...stored].filter(([, count]) => count > 1), [], 'counted twice')
  })
})

/** The process that has announced itself last. */
function holderOf(data) {
  const bytes = fs.readFileSync(path.join(data, 'share.bson'))
  return Number(bytes.readBigInt64LE(bytes.indexOf('process\0') + 'process\0'.length))
}

/** A greeting as one frame. */
function hello(token) {
  const field = (kind, name, value) => Buffer.concat([Buffer.from([kind]), Buffer.from(`${name}\0`), value])
  const int32 = (number) => Buffer.from(Int32Array.of(number).buffer)
  const body = Buffer.concat([
    field(0x10, 'version', int32(2)),
    field(0x05, 'token', Buffer.concat([int32(token.length), Buffer.from([0]), token])),
    field(0x12, 'client', Buffer.alloc(8, 7)),
    Buffer.from([0]),
  ])
  return Buffer.concat([int32(body.length + 4), int32(body.length + 4), body])
}

/** What comes back until the other side closes, or until something does. */
function answerTo(socket, greeting, first = false) {
  return new Promise((resolve) => {
    const connection = net.connect(socket, () => connection.write(greeting))
    const parts = []
    const end = () => { connection.destroy(); resolve(Buffer.concat(parts)) }
    connection.on('data', (part) => { parts.push(part); if (first) end() })
    connection.on('close', end).on('error', end)
  })
}
