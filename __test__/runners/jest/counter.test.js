const { functions, invoke, seed, reset, dump, invocations } = require('wx-server-sdk-local/testing')

beforeAll(async () => {
  functions.use(`${__dirname}/../project/cloudfunctions`, { require })
  await seed({ counters: [{ _id: 'ann', count: 40 }] })
})
beforeEach(() => reset())

test('counts for the caller', async () => {
  expect(await invoke('counter', { by: 2 }, { as: 'ann' })).toStrictEqual({ _id: 'ann', count: 42 })
  expect(await invoke('counter', {}, { as: 'bob' })).toStrictEqual({ _id: 'bob', count: 1 })
  expect(await dump('counters')).toStrictEqual([{ _id: 'ann', count: 42 }, { _id: 'bob', count: 1 }])
})

test('starts from the seed again', async () => {
  expect(await dump('counters')).toStrictEqual([{ _id: 'ann', count: 40 }])
})

test('an error of the function reaches the caller with its cause', async () => {
  const error = await invoke('counter', { by: 0 }).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(Error)
  expect(error.errCode).toBe(-1)
  expect(error.message).toContain('count by something')
  expect(error.cause).toBeInstanceOf(RangeError)
})

test('fake timers drive the timers of functions', async () => {
  jest.useFakeTimers()
  try {
    const counted = invoke('counter', { pause: 60_000 }, { as: 'ann' })
    await jest.advanceTimersByTimeAsync(60_000)
    expect(await counted).toStrictEqual({ _id: 'ann', count: 41 })
  } finally {
    jest.useRealTimers()
  }
})

test('a module reset meets the same data', async () => {
  jest.resetModules()
  const again = require('wx-server-sdk-local/testing')
  expect(again).not.toBe(undefined)
  expect(await again.dump('counters')).toStrictEqual([{ _id: 'ann', count: 40 }])
  expect(await again.invoke('counter', {}, { as: 'ann' })).toStrictEqual({ _id: 'ann', count: 41 })
  expect(invocations()).toHaveLength(1)
})
