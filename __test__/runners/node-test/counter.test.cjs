const { test, before, beforeEach } = require('node:test')
const assert = require('node:assert/strict')
const path = require('node:path')
const cloud = require('wx-server-sdk')
const { functions, invoke, seed, reset, dump } = require('wx-server-sdk-local/testing')

before(async () => {
  functions.use(path.join(__dirname, '../project/cloudfunctions'))
  await seed({ counters: [{ _id: 'ann', count: 40 }] })
})
beforeEach(() => reset())

test('counts for the caller', async () => {
  assert.deepEqual(await invoke('counter', { by: 2 }, { as: 'ann' }), { _id: 'ann', count: 42 })
})

test('starts from the seed again', async () => {
  assert.deepEqual(await dump('counters'), [{ _id: 'ann', count: 40 }])
})

test('fake timers drive the timers of functions', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const counted = invoke('counter', { pause: 60_000 }, { as: 'ann' })
  // The function begins in a turn of its own.
  await new Promise((resolve) => { setImmediate(resolve) })
  context.mock.timers.tick(60_000)
  assert.deepEqual(await counted, { _id: 'ann', count: 41 })
})

test('values and errors are of the test file', () => require('../../realm/checks.cjs')(cloud))
