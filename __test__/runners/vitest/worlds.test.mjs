import { expect, test } from 'vitest'
import cloud from 'wx-server-sdk'
import { createTest } from 'wx-server-sdk-local/testing'

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })

test.concurrent.for(['ann', 'bob', 'eve'])('%s is alone', async (owner, { expect }) => {
  const world = createTest({ as: owner })
  await world.seed({ rooms: [] })
  await world.run(async () => {
    for (let n = 0; n < 20; n++) await cloud.database().collection('rooms').add({ data: { by: cloud.getWXContext().OPENID } })
  })
  expect((await world.dump('rooms')).map(({ by }) => by)).toStrictEqual(Array(20).fill(owner))
})
