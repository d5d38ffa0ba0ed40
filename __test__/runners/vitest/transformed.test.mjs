import { beforeAll, expect, test, vi } from 'vitest'
import { calls, dump, functions, invoke, seed, collections } from 'wx-server-sdk-local/testing'
import checks from '../../realm/checks.cjs'
import cloud from 'wx-server-sdk'

vi.mock('./greeting.mjs', () => ({ greeting: (name) => `mocked ${name}` }))

beforeAll(async () => {
  functions.use(new URL('./cloudfunctions', import.meta.url), { require: (path) => import(/* @vite-ignore */ path) })
})

test('a function that Vitest transforms sees its mocks', async () => {
  expect(await collections()).toStrictEqual([])
  await seed({ sent: [] })
  await invoke('greet', { name: 'Ann' })
  expect(await dump('sent', { normalise: 'ids' })).toStrictEqual([{ _id: '<id 1>', text: 'mocked Ann' }])
  expect(calls('openapi')).toHaveLength(0)
})

test('values and errors are of the test file', async () => {
  await checks(cloud)
})
