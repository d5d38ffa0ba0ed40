import { test } from 'node:test'
import assert from 'node:assert/strict'
import cloud from 'wx-server-sdk'
import { collections, functions, invoke, seed } from 'wx-server-sdk-local/testing'

test('ES modules get the local package, and this file data of its own', async () => {
  assert.equal(typeof cloud.init, 'function')
  assert.deepEqual(await collections(), [])
  await seed({ notes: [] })
  functions.use(new URL('../jest-esm/cloudfunctions', import.meta.url))
  assert.equal((await invoke('modern', { note: 'x' }))._id.length, 32)
})
