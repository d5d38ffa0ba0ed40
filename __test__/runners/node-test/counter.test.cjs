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

test('values and errors are of the test file', () => require('../../realm/checks.cjs')(cloud))
