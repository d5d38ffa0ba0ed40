jest.mock('../project/cloudfunctions/notify/text', () => ({ greeting: jest.fn((name) => `mocked ${name}`) }))
const { greeting } = require('../project/cloudfunctions/notify/text')
const { functions, seed, reset, clock, calls, dump } = require('wx-server-sdk-local/testing')

beforeAll(async () => {
  functions.use(`${__dirname}/../project/cloudfunctions`, { require })
  await seed({ users: [{ _id: 'ann', name: 'Ann' }], sent: [] })
})
beforeEach(() => reset())

test('the timer greets with a mocked dependency', async () => {
  clock.set('2026-03-01T07:59:00+08:00')
  const runs = await clock.advance({ minutes: 2 })
  expect(runs).toStrictEqual([
    { function: 'notify', trigger: 'morning', at: new Date('2026-03-01T00:00:00Z'), result: { sent: 1 } },
  ])
  expect(greeting).toHaveBeenCalledWith('Ann')
  expect(await dump('sent', { normalise: true })).toMatchInlineSnapshot(`
[
  {
    "_id": "<id 1>",
    "at": "<date>",
    "text": "mocked Ann",
    "to": "ann",
  },
]
`)
  expect(calls('openapi.subscribeMessage.send')).toHaveLength(1)
})
