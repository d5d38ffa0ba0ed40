import { fileURLToPath } from 'node:url'
import { beforeAll, beforeEach, expect, test, vi } from 'vitest'
import cloud from 'wx-server-sdk'
import { clock, collections, createTest, dump, functions, invoke, reset, seed } from 'wx-server-sdk-local/testing'

beforeAll(async () => {
  expect(await collections(), 'other test files have other data').toStrictEqual([])
  functions.use(fileURLToPath(new URL('../project/cloudfunctions', import.meta.url)))
  await seed({ counters: [{ _id: 'ann', count: 40 }] })
})
beforeEach(() => reset())

test('counts for the caller', async () => {
  expect(await invoke('counter', { by: 2 }, { as: 'ann' })).toStrictEqual({ _id: 'ann', count: 42 })
  expect(await dump('counters')).toStrictEqual([{ _id: 'ann', count: 42 }])
})

test('starts from the seed again', async () => {
  expect(await dump('counters')).toStrictEqual([{ _id: 'ann', count: 40 }])
})

test('the test file and the function have the same database', async () => {
  cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
  await cloud.database().collection('counters').doc('ann').update({ data: { count: 1 } })
  expect(await invoke('counter', {}, { as: 'ann' })).toStrictEqual({ _id: 'ann', count: 2 })
})

test('fake timers drive the timers of functions', async () => {
  vi.useFakeTimers()
  try {
    const counted = invoke('counter', { pause: 60_000 }, { as: 'ann' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await counted).toStrictEqual({ _id: 'ann', count: 41 })
  } finally {
    vi.useRealTimers()
  }
})

test('a module reset meets the same data', async () => {
  vi.resetModules()
  const again = await import('wx-server-sdk-local/testing')
  expect(await again.dump('counters')).toStrictEqual([{ _id: 'ann', count: 40 }])
  expect(await again.invoke('counter', {}, { as: 'ann' })).toStrictEqual({ _id: 'ann', count: 41 })
})

test('worlds are apart', async () => {
  const world = createTest()
  await world.seed({ counters: [] })
  await world.invoke('counter', {}, { as: 'ann' })
  expect(await world.dump('counters')).toStrictEqual([{ _id: 'ann', count: 1 }])
  expect(await dump('counters')).toStrictEqual([{ _id: 'ann', count: 40 }])
  expect(clock.now()).toBeInstanceOf(Date)
  await world.dispose()
})
