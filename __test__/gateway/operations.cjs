'use strict'
// One program for both packages: `node operations.cjs <module>` prints what each call answered.
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const cloud = require(process.argv[2])

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()
const { command: _, command: { aggregate: $ } } = db
const todos = db.collection('todos')
const file = path.join(os.tmpdir(), `wx-gateway-${process.pid}.txt`)
let kept
let uploaded

const operations = {
  'create a collection': () => db.createCollection('made'),
  'create it again': () => db.createCollection('made'),
  'add': () => todos.add({ data: { _id: 'a', n: 1, at: new Date(5), big: 2 ** 40, half: 1.5, none: null, list: [1, 'x', { y: undefined }], where: db.Geo.Point(113, 23) } }),
  'add several': () => todos.add({ data: [{ _id: 'b', n: 2, tags: ['x', 'y'] }, { _id: 'c', n: 3, tags: ['y'] }, { _id: 7, n: 4 }] }),
  'add without an id': async () => { kept = await todos.add({ data: { n: 5, by: 'me' } }); return { ...kept, _id: kept._id.length } },
  'add the same id': () => todos.add({ data: { _id: 'a' } }),
  'add nothing': () => todos.add({ data: {} }).then(({ _id }) => todos.doc(_id).remove()),
  'add to no collection': () => db.collection('nowhere').add({ data: { a: 1 } }),
  'get all': () => todos.orderBy('n', 'asc').get().then(({ data, ...rest }) => ({ data: data.map(({ _id, ...fields }) => ({ id: typeof _id === 'string' && _id.length > 1 ? 'made' : _id, ...fields })), ...rest })),
  'get by condition': () => todos.where({ n: _.gt(1).and(_.lt(4)), tags: 'y' }).orderBy('n', 'desc').field({ n: true }).get(),
  'get by a pattern': () => todos.where({ by: db.RegExp({ regexp: '^M', options: 'i' }) }).field({ _id: false, by: true }).get(),
  'get by a date': () => todos.where({ at: _.lte(new Date(5)) }).field({ at: true }).get(),
  'get near': () => todos.where({ where: _.geoWithin({ centerSphere: [[113, 23], 0.1] }) }).field({ where: true }).get(),
  'get with skip and limit': () => todos.orderBy('n', 'asc').skip(1).limit(2).field({ n: true, _id: false }).get(),
  'get with or': () => todos.where(_.or([{ n: 1 }, { n: _.in([4]) }])).field({ n: true, _id: false }).orderBy('n', 'asc').get(),
  'get of an operator that is none': () => todos.where({ n: { $nonsense: 1 } }).get(),
  'get of a negative skip': () => todos.skip(-1).get(),
  'get of no collection': () => db.collection('nowhere').get(),
  'count': () => todos.where({ n: _.gte(2) }).count(),
  'doc.get': () => todos.doc('a').get(),
  'doc.get of a number': () => todos.doc(7).field({ n: true }).get(),
  'doc.get of none': () => todos.doc('none').get(),
  'doc.update': () => todos.doc('a').update({ data: { n: _.inc(10), 'deep.er': 'x', tags: _.push(['p', 'q']), half: _.remove() } }),
  'what doc.update did': () => todos.doc('a').field({ n: true, deep: true, tags: true, half: true }).get(),
  'doc.update of none': () => todos.doc('none').update({ data: { n: 1 } }),
  'doc.update of an id': () => todos.doc('a').update({ data: { _id: 'z' } }),
  'doc.update that conflicts': () => todos.doc('a').update({ data: { n: _.push(1) } }),
  'doc.set new': () => todos.doc('set').set({ data: { n: 100, at: db.serverDate() } }).then(async (answer) => [answer, (await todos.doc('set').get()).data.at instanceof Date]),
  'doc.set again': () => todos.doc('set').set({ data: { other: true } }),
  'what doc.set did': () => todos.doc('set').get(),
  'update many': () => todos.where({ n: _.lte(5) }).update({ data: { seen: true } }),
  'update nothing': () => todos.where({ n: 1000 }).update({ data: { seen: true } }),
  'remove': () => todos.doc('set').remove(),
  'remove none': () => todos.doc('set').remove(),
  'remove many': () => todos.where({ n: _.gt(4) }).remove(),
  'aggregate': () => todos.aggregate().match({ n: _.gte(1) }).unwind('$tags').group({ _id: '$tags', total: $.sum('$n'), first: $.first('$_id') }).sort({ _id: 1 }).end(),
  'aggregate a lookup': () => todos.aggregate().lookup({ from: 'todos', localField: 'n', foreignField: 'n', as: 'same' }).project({ n: 1, same: $.size('$same') }).sort({ n: 1 }).end(),
  'aggregate dates': () => todos.aggregate().match({ _id: 'b' }).addFields({ at: new Date(5) }).project({ day: $.dateToString({ date: '$at', format: '%Y-%m-%d' }) }).end().catch((error) => ({ refused: error.errCode })),
  'aggregate what is wrong': () => todos.aggregate().project({ a: $.add(['$tags', 1]) }).end(),
  'a transaction': () => db.runTransaction(async (transaction) => {
    const { data } = await transaction.collection('todos').doc('b').get()
    await transaction.collection('todos').doc('b').update({ data: { n: data.n + 1 } })
    await transaction.collection('todos').add({ data: { _id: 'in', n: 0 } })
    await transaction.collection('todos').doc('in').remove()
    return data.n
  }),
  'a transaction that rolls back': () => db.runTransaction(async (transaction) => {
    await transaction.collection('todos').doc('b').remove()
    await transaction.rollback('not today')
  }),
  'a transaction that throws': () => db.runTransaction(async (transaction) => {
    await transaction.collection('todos').doc('b').remove()
    throw new Error('mine')
  }),
  'two that conflict': async () => {
    const [one, two] = [await db.startTransaction(), await db.startTransaction()]
    await one.collection('todos').doc('b').update({ data: { by: 'one' } })
    const conflict = await two.collection('todos').doc('b').update({ data: { by: 'two' } }).catch(({ errCode, errMsg }) => ({ errCode, errMsg }))
    const committed = await one.commit()
    return { conflict, committed: committed.committed }
  },
  'what transactions did': () => todos.doc('b').get(),
  'call a function': () => cloud.callFunction({ name: 'echo', data: { a: 1, at: new Date(0) } }),
  'call one that answers a text': () => cloud.callFunction({ name: 'echo', data: { answer: '{"x":1}' } }),
  'call one that answers a number in a text': () => cloud.callFunction({ name: 'echo', data: { answer: '12' } }),
  'call one that answers nothing': () => cloud.callFunction({ name: 'echo', data: { answer: null } }),
  'call one that throws': () => cloud.callFunction({ name: 'echo', data: { fail: 'no milk' } }),
  'call none': () => cloud.callFunction({ name: 'nowhere' }),
  'upload a Buffer': async () => (uploaded = await cloud.uploadFile({ cloudPath: 'a b/图?.txt', fileContent: Buffer.from('content') })),
  'upload a stream': () => { fs.writeFileSync(file, 'x'.repeat(300_000)); return cloud.uploadFile({ cloudPath: 'big.txt', fileContent: fs.createReadStream(file) }) },
  'upload to a wrong path': () => cloud.uploadFile({ cloudPath: '/abs', fileContent: Buffer.from('x') }),
  'download': () => cloud.downloadFile({ fileID: uploaded.fileID }).then(({ fileContent, ...rest }) => ({ text: fileContent.toString(), ...rest })),
  'download the stream': () => cloud.downloadFile({ fileID: uploaded.fileID.replace(/a b.*/, 'big.txt') }).then(({ fileContent }) => fileContent.length),
  'download none': () => cloud.downloadFile({ fileID: `${uploaded.fileID}x` }),
  'temporary URLs': () => cloud.getTempFileURL({ fileList: [uploaded.fileID, { fileID: uploaded.fileID, maxAge: 60 }, `${uploaded.fileID}x`] }),
  'temporary URLs of too many': () => cloud.getTempFileURL({ fileList: Array(51).fill(uploaded.fileID) }),
  'delete': () => cloud.deleteFile({ fileList: [uploaded.fileID, `${uploaded.fileID}x`] }),
  'delete again': () => cloud.deleteFile({ fileList: [uploaded.fileID] }),
}

/** Without what differs from run to run, and from place to place. */
const plain = (value) => JSON.parse(JSON.stringify(value ?? null, (key, inner) => {
  if (/^requestid$/i.test(key)) return 'id'
  if (key === 'tempFileURL' && inner !== '') return decodeURIComponent(new URL(inner).pathname.split('/').slice(-2).join('/').replace(/^[\w-]+-\d+\//, '')) || inner
  if (typeof inner === 'string') return inner.replace(/\n {4}at [^]*/, ' ..')
  return inner
}))

async function main() {
  const answers = {}
  for (const [name, run] of Object.entries(operations)) {
    try {
      answers[name] = { value: plain(await run()) }
    } catch (error) {
      const { errCode, errMsg, code, message } = error ?? {}
      answers[name] = { error: plain(error instanceof Error ? { errCode, errMsg, code, message } : error) }
    }
  }
  fs.rmSync(file, { force: true })
  process.stdout.write(JSON.stringify(answers))
}
main()
