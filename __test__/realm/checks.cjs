'use strict'
// What must hold in the realm of the caller, whatever the runner: called from a test of each of them.
const assert = require('node:assert')

module.exports = async function checks(cloud) {
  cloud.init({ env: 'realm' })
  const db = cloud.database()
  const name = `realm_${Math.random().toString(36).slice(2)}`
  await db.createCollection(name)
  const collection = db.collection(name)
  const document = {
    _id: 'one',
    text: '汉字 🎉', list: [1, [2, { deep: null }]], at: new Date(1234567890123), int: 7, double: 1.5,
    flag: true, nothing: null, place: db.Geo.Point(113, 23), nested: { a: { b: [new Date(5)] } },
    big: 2 ** 40, ['__proto__']: { polluted: true },
  }
  const added = collection.add({ data: document })
  assert.ok(added instanceof Promise, 'a promise of this realm')
  const result = await added
  assert.deepStrictEqual(result, { _id: 'one', errMsg: 'collection.add:ok' })
  assert.ok(result instanceof Object)

  const { data } = await collection.doc('one').get()
  assert.ok(data instanceof Object && data.list instanceof Array && data.list[1] instanceof Array)
  assert.ok(data.at instanceof Date && data.nested.a.b[0] instanceof Date)
  assert.strictEqual(data.at.getTime(), 1234567890123)
  assert.deepStrictEqual(data.list, [1, [2, { deep: null }]])
  assert.deepStrictEqual(data.nested, { a: { b: [new Date(5)] } })
  assert.deepStrictEqual(data.place.toJSON(), { type: 'Point', coordinates: [113, 23] })
  assert.deepStrictEqual(Object.getOwnPropertyDescriptor(data, '__proto__').value, { polluted: true })
  assert.strictEqual(Object.getPrototypeOf(data), Object.prototype)
  assert.strictEqual({}.polluted, undefined)

  const found = await collection.where({ int: 7 }).get()
  assert.ok(found.data instanceof Array)
  assert.strictEqual(found.data.length, 1)

  const missing = await db.collection('nowhere').get().catch((error) => error)
  assert.ok(missing instanceof Error, 'an Error of this realm')
  assert.strictEqual(missing.errCode, -502005)
  assert.throws(() => collection.doc(undefined), (error) => error instanceof Error)
  const wrongType = await collection.where({}).update().catch((error) => error)
  assert.ok(wrongType instanceof TypeError, 'a TypeError of this realm')

  const { fileID } = await cloud.uploadFile({ cloudPath: 'a/b.txt', fileContent: Buffer.from('hello') })
  const { fileContent } = await cloud.downloadFile({ fileID })
  assert.ok(Buffer.isBuffer(fileContent) && fileContent instanceof Uint8Array)
  assert.strictEqual(fileContent.toString(), 'hello')
  return { data, found }
}
