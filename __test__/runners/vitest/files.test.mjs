import { expect, test } from 'vitest'
import cloud from 'wx-server-sdk'
import { collections, seed } from 'wx-server-sdk-local/testing'

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })

test('other test files have other data', async () => {
  expect(await collections()).toStrictEqual([])
})

test('files and long reads come back from other threads', async () => {
  const { fileID } = await cloud.uploadFile({ cloudPath: 'a.txt', fileContent: Buffer.alloc(100_000, 'a') })
  const { fileContent } = await cloud.downloadFile({ fileID })
  expect(fileContent).toHaveLength(100_000)
  await seed({ many: Array.from({ length: 20_000 }, (_, n) => ({ n, even: n % 2 === 0 })) })
  const { list } = await cloud.database().collection('many').aggregate().group({ _id: '$even' }).end()
  expect(list).toHaveLength(2)
})
