import test from 'ava'
import cloud from 'wx-server-sdk'
import { createTest } from 'wx-server-sdk-local/testing'

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })

// AVA runs the tests of a file at the same time: each has a world.
for (const owner of ['ann', 'bob', 'eve']) {
  test(`${owner} is alone`, async (t) => {
    const world = createTest({ as: owner })
    await world.seed({ rooms: [] })
    await world.run(async () => {
      for (let n = 0; n < 20; n++) await cloud.database().collection('rooms').add({ data: { n, by: cloud.getWXContext().OPENID } })
    })
    const rooms = await world.dump('rooms')
    t.deepEqual([rooms.length, ...new Set(rooms.map(({ by }) => by))], [20, owner])
  })
}
