const checks = require('../../realm/checks.cjs')
const cloud = require('wx-server-sdk')
const { collections, createTest } = require('wx-server-sdk-local/testing')

test('values and errors are of the test file', async () => {
  const { data } = await checks(cloud)
  expect(data).toBeInstanceOf(Object)
  expect(data.nested).toStrictEqual({ a: { b: [new Date(5)] } })
  expect(data.list).toStrictEqual([1, [2, { deep: null }]])
})

test('other test files have other data', async () => {
  expect(await collections()).toStrictEqual([])
})
