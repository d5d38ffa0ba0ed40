// What the threads of the pool do: each task on data of its own thread.
const { threadId } = require('node:worker_threads')
const cloud = require('wx-server-sdk')
const { createTest } = require('wx-server-sdk-local/testing')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })

/** Works until its thread is ended. */
async function forever(port) {
  for (let n = 0; ; n++) {
    await once(n)
    port.postMessage('at work')
  }
}

async function once(n) {
  const world = createTest({ as: `user ${n}` })
  await world.seed({ items: [] })
  return world.run(async () => {
    const items = cloud.database().collection('items')
    await Promise.all(Array.from({ length: 20 }, (_, i) => items.add({ data: { i, by: cloud.getWXContext().OPENID } })))
    const { fileID } = await cloud.uploadFile({ cloudPath: `${n}.txt`, fileContent: Buffer.from(`file ${n}`) })
    const { fileContent } = await cloud.downloadFile({ fileID })
    const { total } = await items.where({ by: `user ${n}` }).count()
    return { total, text: fileContent.toString(), threadId }
  })
}

module.exports = ({ n, port }) => port === undefined ? once(n) : forever(port)
