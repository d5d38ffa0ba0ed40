// `wx.cloud` of a page, as the client's declarations have it.
import { createClient, ClientError, WxCloud } from 'wx-server-sdk-local/client'
import { container, createTest, permissions, seed } from 'wx-server-sdk-local/testing'
import { DB } from 'wx-server-sdk'

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false
const holds = <T extends true>(): T => true as T

interface Todo { _id: string, _openid: string, text: string, at: Date, tags: string[] }
const cloud: WxCloud = createClient('user-1')
createClient()
createClient({ OPENID: null, APPID: 'wx1' })
cloud.init({ env: 'prod', traceUser: true })
const db = cloud.database({ env: 'prod' })
const _ = db.command
const todos = db.collection<Todo>('todos')

async function right() {
  const added = await todos.add({ data: { text: 'a', at: db.serverDate(), tags: [] } })
  holds<Equals<typeof added, DB.IAddResult>>()
  const { data } = await todos.where({ _openid: '{openid}', at: _.gt(new Date()) }).orderBy('at', 'desc').limit(20).skip(1).get()
  holds<Equals<typeof data, Todo[]>>()
  const one = await todos.doc('a').field<{ text: string }>({ text: true }).get()
  const text: string = one.data.text
  await todos.doc('a').update({ data: { tags: _.push('x') } })
  await todos.doc('a').set({ data: { text: 'b', at: new Date(), tags: [] } })
  const removed: number = (await todos.where({}).remove()).stats.removed
  const { list } = await todos.aggregate().match({ text: 'a' }).group({ _id: null }).end<{ _id: null }>()
  const nothing: void = todos.get({ success: (result) => result.data[0].text, fail: (error: ClientError) => error.errCode })
  const called: void = cloud.callFunction({ name: 'f', complete: (outcome) => outcome.errMsg })
  const { result } = await cloud.callFunction<{ ok: boolean }>({ name: 'f', data: { id: cloud.CloudID('x'), again: new cloud.CloudID('y') } })
  const ok: boolean = result.ok
  const task = cloud.uploadFile({ cloudPath: 'a', filePath: 'b', success: ({ fileID }) => fileID })
  task.onProgressUpdate(({ progress }) => progress)
  task.abort()
  const { tempFilePath } = await cloud.downloadFile({ fileID: (await cloud.uploadFile({ cloudPath: 'a', filePath: 'b' })).fileID })
  const { data: answered, statusCode } = await cloud.callContainer<{ n: number }>({ path: '/', method: 'POST', header: { 'X-WX-SERVICE': 'api' }, data: { n: 1 } })
  const n: number = answered.n + statusCode
  const shared = new cloud.Cloud({ resourceAppid: 'wx2', resourceEnv: 'e' })
  await shared.init()
  await shared.database().collection('a').count()
  return [text, removed, list[0]._id, nothing, called, ok, tempFilePath, n]
}

function watched() {
  const watcher = todos.where({ text: 'a' }).orderBy('at', 'desc').limit(10).watch({
    onChange: ({ docs, docChanges, type }) => [docs[0].text, docChanges[0].updatedFields?.text, type === 'init'],
    onError: (error) => error.errCode,
  })
  todos.doc('a').watch({ onChange() {}, onError() {} }).close()
  // @ts-expect-error: both listeners are required
  todos.watch({ onChange() {} })
  return watcher.close()
}

async function controlled() {
  await seed({ todos: { documents: [], permissions: 'READONLY' }, posts: { permissions: { read: true, write: 'auth != null' } } })
  await permissions.collection('todos', 'PRIVATE', { env: 'prod' })
  container.route('api', ({ header, data }) => ({ data: [header['x-wx-openid'], data], statusCode: 201 }))
  container.route('api', 'http://127.0.0.1:8080')
  await permissions.files(null)
  await permissions.functions({ '*': { invoke: true } })
  const page: WxCloud = createTest().client({ OPENID: 'user-2' })
  return page
}

async function wrong() {
  // @ts-expect-error: pages make no collections
  db.createCollection('a')
  // @ts-expect-error: nor transactions
  db.runTransaction(async () => {})
  // @ts-expect-error: one document at a time
  todos.add({ data: [{ text: 'a' }] })
  // @ts-expect-error: stages of other collections are for server code
  todos.aggregate().lookup({})
  // @ts-expect-error: a file's path, not its content
  cloud.uploadFile({ cloudPath: 'a', fileContent: Buffer.from('') })
  // @ts-expect-error: with a callback there is no promise
  todos.get({ success() {} }).then()
  // @ts-expect-error: not a setting of the console
  permissions.collection('todos', 'PUBLIC')
}

export { right, watched, controlled, wrong }
