// What must not compile. A line below `@ts-expect-error` that compiles is an error of this file.
import * as cloud from 'wx-server-sdk'

interface Todo { _id: string, title: string, tags: string[], owner: { name: string } }
const db = cloud.database()
const _ = db.command
const todos = db.collection<Todo>('todos')

async function wrong() {
  // @ts-expect-error: no such call
  cloud.watch()
  // @ts-expect-error: an environment is not a number
  cloud.init({ env: 5 })
  // @ts-expect-error: the shared environment is required
  new cloud.Cloud({ resourceAppid: 'x' })
  // @ts-expect-error: a function has a name
  cloud.callFunction({ data: {} })
  // @ts-expect-error: text is no file content
  cloud.uploadFile({ cloudPath: 'a', fileContent: 'text' })
  // @ts-expect-error: the path is required
  cloud.uploadFile({ fileContent: Buffer.from('') })
  // @ts-expect-error: one id, not a list
  cloud.downloadFile({ fileID: ['a'] })
  // @ts-expect-error: ids are text
  cloud.deleteFile({ fileList: [1] })
  // @ts-expect-error: a string, spelt so
  cloud.database({ throwOnNotfound: true })
  // @ts-expect-error: a collection has a name
  db.collection()
  // @ts-expect-error: not exposed by the package
  db.collection('a').watch({})
  // @ts-expect-error: both arguments are required
  todos.orderBy('title')
  // @ts-expect-error: a number
  todos.limit('5')
  // @ts-expect-error: a number
  todos.skip('5')
  // @ts-expect-error: `doc` is gone after `where`
  todos.where({}).doc('a')
  // @ts-expect-error: an id is text or a number
  todos.doc({})
  // @ts-expect-error: a promise is not its value
  todos.get().data
  // @ts-expect-error: `add` needs data
  todos.add({})
  // @ts-expect-error: the title is missing
  todos.add({ data: { tags: [], owner: { name: '' } } })
  // @ts-expect-error: the title is text
  todos.add({ data: [{ title: 5, tags: [], owner: { name: '' } }] })
  // @ts-expect-error: the title is text
  todos.doc('a').update({ data: { title: 5 } })
  // @ts-expect-error: no such field
  todos.doc('a').update({ data: { titel: 'x' } })
  // @ts-expect-error: an update command cannot be set
  todos.doc('a').set({ data: { title: _.remove(), tags: [], owner: { name: '' } } })
  // @ts-expect-error: many ids
  ;(await todos.add({ data: [] }))._id
  // @ts-expect-error: no such field
  ;(await todos.get()).data[0].titel
  // @ts-expect-error: a number
  _.inc('1')
  // @ts-expect-error: an array
  _.in(5)
  // @ts-expect-error: a condition, not a number
  _.not(5)
  // @ts-expect-error: a geometry
  _.geoNear({ geometry: 5 })
  // @ts-expect-error: the distance is a number
  _.geoNear({ geometry: db.Geo.Point(1, 2), maxDistance: '5' })
  // @ts-expect-error: two numbers
  db.Geo.Point('1', '2')
  // @ts-expect-error: a pattern is required
  db.RegExp({})
  // @ts-expect-error: an offset is a number
  db.serverDate({ offset: '5' })
  // @ts-expect-error: no such operator
  _.aggregate.round(1)
  // @ts-expect-error: a transaction needs its work
  db.runTransaction()
  // @ts-expect-error: a transaction has no such member
  ;(await db.startTransaction()).abort()
  // @ts-expect-error: the log takes objects
  cloud.logger().log('text')
}

export { wrong }
