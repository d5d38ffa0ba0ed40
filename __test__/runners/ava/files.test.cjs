const test = require('ava')
const cloud = require('wx-server-sdk')
const { collections, seed } = require('wx-server-sdk-local/testing')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })

test.before(async (t) => t.deepEqual(await collections(), [], 'other test files have other data'))

test('files come back', async (t) => {
  const { fileID } = await cloud.uploadFile({ cloudPath: 'a.txt', fileContent: Buffer.alloc(100_000, 'a') })
  const { fileContent } = await cloud.downloadFile({ fileID })
  t.is(fileContent.length, 100_000)
})

test('long reads come back', async (t) => {
  await seed({ many: Array.from({ length: 20_000 }, (_, n) => ({ n, even: n % 2 === 0 })) })
  const { list } = await cloud.database().collection('many').aggregate().group({ _id: '$even' }).end()
  t.is(list.length, 2)
})
