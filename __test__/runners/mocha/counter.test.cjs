const assert = require('node:assert/strict')
const path = require('node:path')
const { functions, invoke, seed, reset, dump } = require('wx-server-sdk-local/testing')

describe('counter', () => {
  before(async () => {
    functions.use(path.join(__dirname, '../project/cloudfunctions'))
    await seed({ counters: [{ _id: 'ann', count: 40 }] })
  })
  beforeEach(() => reset())

  it('counts for the caller', async () => {
    assert.deepEqual(await invoke('counter', { by: 2 }, { as: 'ann' }), { _id: 'ann', count: 42 })
  })

  it('starts from the seed again', async () => {
    assert.deepEqual(await dump('counters'), [{ _id: 'ann', count: 40 }])
  })

  it('holds in this realm', () => require('../../realm/checks.cjs')(require('wx-server-sdk')))
})
