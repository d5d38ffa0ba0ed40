const path = require('node:path')
const test = require('ava')
const { collections, dump, functions, invoke, reset, seed } = require('wx-server-sdk-local/testing')

test.before(async (t) => {
  t.deepEqual(await collections(), [], 'other test files have other data')
  functions.use(path.join(__dirname, '../project/cloudfunctions'))
  await seed({ counters: [{ _id: 'ann', count: 40 }] })
})
test.beforeEach(() => reset())

test.serial('counts for the caller', async (t) => {
  t.deepEqual(await invoke('counter', { by: 2 }, { as: 'ann' }), { _id: 'ann', count: 42 })
})

test.serial('starts from the seed again', async (t) => {
  t.deepEqual(await dump('counters'), [{ _id: 'ann', count: 40 }])
})

test.serial('what it throws is the cause', async (t) => {
  const error = await t.throwsAsync(() => invoke('counter', { by: 0 }))
  t.true(error.cause instanceof RangeError)
})
