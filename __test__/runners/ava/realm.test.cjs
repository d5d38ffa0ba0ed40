const test = require('ava')
const { collections } = require('wx-server-sdk-local/testing')

test('values and errors are of the test file', async (t) => {
  t.deepEqual(await collections(), [], 'other test files have other data')
  await require('../../realm/checks.cjs')(require('wx-server-sdk'))
  t.pass()
})
