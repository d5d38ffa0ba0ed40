import { functions, invoke, seed } from 'wx-server-sdk-local/testing'
import { main } from './cloudfunctions/price'

beforeAll(async () => {
  functions.use(`${__dirname}/cloudfunctions`, { require })
  await seed({ items: [{ item: 'tea', price: 3 }] })
})

test('a function in TypeScript runs as in the cloud', async () => {
  expect(await invoke('price', { item: 'tea', amount: 4 })).toStrictEqual({ total: 12 })
})

test('and can be called by itself', async () => {
  expect(await main({ item: 'tea', amount: 2 })).toStrictEqual({ total: 6 })
})

test('the stack of an error names the line in TypeScript', async () => {
  const error = await invoke('price', { item: 'gold', amount: 1 }).catch((thrown) => thrown)
  expect(error.cause.stack).toMatch(/price[\\/]index\.ts:11:/)
})
