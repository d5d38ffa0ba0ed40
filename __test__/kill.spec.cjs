'use strict'
// kill -9 at any moment loses nothing that was acknowledged, and leaves a store that opens.
const { test } = require('node:test')
const assert = require('node:assert/strict')
const { directory, start, inAnother, random } = require('./processes/support.cjs')

const ROUNDS = Number(process.env.WX_LOCAL_KILL_ROUNDS ?? 200)
const SEED = Number(process.env.WX_LOCAL_TEST_SEED ?? Date.now() % 1_000_000)

test(`no acknowledged write is lost in ${ROUNDS} kills of a writer`, { timeout: 300_000 }, async (context) => {
  context.diagnostic(`WX_LOCAL_TEST_SEED=${SEED}`)
  const next = random(SEED)
  const data = directory(context)
  const options = { WX_LOCAL_DURABILITY: 'full' }
  await inAnother(data, `
    await db.createCollection('log')
    await db.collection('log').add({ data: { _id: 'total' } })`, options)
  const acknowledged = []
  let writer
  context.after(() => writer?.kill())
  for (let round = 0; round < ROUNDS; round += 1) {
    writer = start(data, 'writer.cjs', [`r${round}`, 1 + Math.floor(next() * 8), 0], options)
    // Only a store that opened answers.
    await writer.line('ready')
    if (next() < 0.9) await writer.line('ack')
    await new Promise((resolve) => setTimeout(resolve, next() * 12))
    writer.kill()
    const { signal } = await writer.ended
    assert.equal(signal, 'SIGKILL')
    for (const line of writer.lines) {
      assert.ok(!line.startsWith('error'), line)
      if (line.startsWith('ack')) acknowledged.push(line.split(' ')[1])
    }
  }
  const rows = await inAnother(data, `
    const rows = []
    for (let skip = 0; ; skip += 1000) {
      const { data } = await db.collection('log').skip(skip).limit(1000).get()
      rows.push(...data)
      if (data.length < 1000) return rows
    }`, options)
  const stored = new Map(rows.map((row) => [row.of, row.count]))
  context.diagnostic(`${acknowledged.length} acknowledged, ${rows.length - 1} stored`)
  assert.ok(acknowledged.length >= ROUNDS)
  assert.equal(stored.size, rows.length, 'something was stored twice')
  assert.deepEqual(acknowledged.filter((id) => stored.get(id) !== 1), [])
})
