import { fileURLToPath } from 'node:url'
import { jest } from '@jest/globals'
import testing, { dump, functions, invoke, reset, seed } from 'wx-server-sdk-local/testing'

beforeAll(async () => {
  functions.use(new URL('./cloudfunctions', import.meta.url), { require: (path) => import(path) })
  await seed({ notes: [] })
})
beforeEach(() => reset())

test('an ES module runs as in the cloud', async () => {
  await invoke('modern', { note: 'hello' }, { as: 'ann' })
  expect(await dump('notes', { normalise: 'ids' })).toStrictEqual([{ _id: '<id 1>', note: 'hello', owner: 'ann' }])
})

test('named imports are the default export\'s', () => {
  expect(testing.seed).toBe(seed)
  expect(fileURLToPath(import.meta.url)).toContain('modern')
  expect(jest).toBeDefined()
})
