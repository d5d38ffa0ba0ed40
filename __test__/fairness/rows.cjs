'use strict'
// What each member of the package that returns a promise is called with: `path: { fulfilled, rejected, ..}`, where the
// paths are those of `objects.cjs`. A call is given what `prepare` made, and by pages' rows the callbacks.
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const cloud = require('../../entry/sdk.js')
const { THINGS } = require('./objects.cjs')

/** How often a call is made whose subjects can be used once only, and are therefore made before. */
const READY = 900
const no = () => { throw new Error('no') }
let last = 0
const fresh = () => `x${++last}`

async function ready(make) {
  const made = []
  while (made.length < READY) made.push(await make())
  return made
}

const fileRows = (at, of, upload) => ({
  [`${at}.uploadFile`]: {
    fulfilled: (_, options) => of.uploadFile({ cloudPath: fresh(), ...upload, ...options }),
    rejected: (_, options) => of.uploadFile({ ...upload, ...options }),
  },
  [`${at}.downloadFile`]: {
    prepare: async () => (await cloud.uploadFile({ cloudPath: 'down', fileContent: Buffer.from('x') })).fileID,
    fulfilled: (fileID, options) => of.downloadFile({ fileID, ...options }),
    'rejected for its parameters': (_, options) => of.downloadFile({ fileID: 7, ...options }),
    'rejected, as there is no such file': (fileID, options) => of.downloadFile({ fileID: `${fileID}.no`, ...options }),
  },
  [`${at}.getTempFileURL`]: {
    fulfilled: (_, options) => of.getTempFileURL({ fileList: [], ...options }),
    rejected: (_, options) => of.getTempFileURL({ fileList: 7, ...options }),
  },
  [`${at}.deleteFile`]: {
    fulfilled: (_, options) => of.deleteFile({ fileList: [], ...options }),
    rejected: (_, options) => of.deleteFile({ fileList: 7, ...options }),
  },
})

const sdkRows = ({ ai, model, imageModel, 'new cloud.Cloud': shared, testing, directory }) => ({
  'new cloud.Cloud.init': { fulfilled: () => shared.init() },
  'cloud.callFunction': {
    fulfilled: () => cloud.callFunction({ name: 'answers' }),
    'rejected by the function': () => cloud.callFunction({ name: 'fails' }),
    'rejected before it runs': () => cloud.callFunction({ name: 'none' }),
    'rejected for its parameters': () => cloud.callFunction(),
  },
  ...fileRows('cloud', cloud, { fileContent: Buffer.from('x') }),
  'cloud.uploadFile, of a stream': {
    prepare: () => path.join(directory, 'upload.txt'),
    fulfilled: (file) => cloud.uploadFile({ cloudPath: fresh(), fileContent: fs.createReadStream(file) }),
    'rejected, as there is no such file': (file) => cloud.uploadFile({ cloudPath: 'x', fileContent: fs.createReadStream(`${file}.no`) }),
  },
  'cloud.uploadFile, of a stream that was read before': {
    prepare: async () => {
      const stream = fs.createReadStream(path.join(directory, 'upload.txt')).setMaxListeners(0).resume()
      await once(stream, 'close')
      return stream
    },
    rejected: (stream) => cloud.uploadFile({ cloudPath: 'x', fileContent: stream }),
  },
  'cloud.uploadFile, of a stream that was destroyed': {
    prepare: () => fs.createReadStream(path.join(directory, 'upload.txt')).setMaxListeners(0).destroy(),
    rejected: (stream) => cloud.uploadFile({ cloudPath: 'x', fileContent: stream }),
  },
  'cloud.deleteFile, as a test lets it fail': {
    prepare: () => testing.faults.inject({ api: 'deleteFile', times: 1e6, error: -501001 }),
    rejected: () => cloud.deleteFile({ fileList: [] }),
  },
  'cloud.callOpenAPI': {
    fulfilled: () => cloud.callOpenAPI({ api: 'security.msgSecCheck', data: {} }), rejected: () => cloud.callOpenAPI(),
  },
  'cloud.getOpenData': { fulfilled: () => cloud.getOpenData({ list: ['x'] }), rejected: () => cloud.getOpenData() },
  'cloud.getVoIPSign': {
    fulfilled: () => cloud.getVoIPSign({ groupId: 'a', timestamp: 1, nonce: 'n' }), rejected: () => cloud.getVoIPSign(),
  },
  'cloud.getCloudCallSign': {
    fulfilled: () => cloud.getCloudCallSign({ parameterList: [] }), rejected: () => cloud.getCloudCallSign(),
  },
  'cloud.openapi': {
    fulfilled: () => cloud.openapi.security.msgSecCheck({ content: 'good' }),
    'fulfilled with options': () => cloud.openapi({ convertCase: true }).security.msgSecCheck({ content: 'good' }),
    'rejected by a mock': () => cloud.openapi.security.msgSecCheck({ content: 'bad' }),
    'rejected for its name': () => cloud.openapi.no.such({}),
  },
  'cloud.cloudPay': {
    fulfilled: () => cloud.cloudPay.queryOrder({ outTradeNo: 'x' }), rejected: () => cloud.cloudPay.noSuch({}),
  },
  'ai.handleResponseData': { rejected: () => ai.handleResponseData() },
  ...Object.fromEntries(Object.entries(ai.bot).map(([name, call]) => [`ai.bot.${name}`, { rejected: () => call() }])),
  ...Object.fromEntries(Object.entries(model).map(([name, call]) => [`model.${name}`, { rejected: () => call() }])),
  ...Object.fromEntries(Object.entries(imageModel).map(([name, call]) => [`imageModel.${name}`, { rejected: () => call() }])),
})

const databaseRows = ({ db, collection, query, document, pipeline, testing }) => {
  const none = db.collection('none')
  const begun = {
    rounds: READY, prepare: () => ready(() => db.startTransaction()),
    finish: (transactions) => Promise.allSettled(transactions.map((transaction) => transaction.rollback())),
  }
  const ended = { prepare: async () => { const transaction = await db.startTransaction(); await transaction.commit(); return transaction } }
  return {
    'db.createCollection': {
      // An environment has a hundred collections at most.
      fulfilled: () => cloud.database({ env: `env-${Math.floor(last / 50)}` }).createCollection(fresh()),
      rejected: () => db.createCollection('things'),
    },
    'db.startTransaction': {
      fulfilled: async () => { (await db.startTransaction()).rollback().catch(no) },
      'fulfilled, and ended': async () => { await (await db.startTransaction()).rollback() },
    },
    'db.startTransaction, of more than may be open': {
      prepare: async () => [...await ready(() => db.startTransaction()), ...await ready(() => db.startTransaction().catch(() => {}))],
      rejected: () => db.startTransaction(),
      finish: (transactions) => Promise.all(transactions.map((transaction) => transaction?.rollback())),
    },
    'db.runTransaction': {
      fulfilled: () => db.runTransaction(() => 1),
      'fulfilled, with work': () => db.runTransaction((transaction) => transaction.collection('things').doc('a').get()),
      'rejected at once': () => db.runTransaction(no),
      'rejected by a rollback': () => db.runTransaction((transaction) => transaction.rollback('no')),
    },
    'db.runTransaction, which cannot begin': {
      prepare: () => { db.startTransaction = no },
      rejected: () => db.runTransaction(() => 1),
      finish: () => { delete db.startTransaction },
    },
    'transaction.init': {
      prepare: () => db.startTransaction(),
      fulfilled: async (transaction) => { transaction.rollback().catch(no); await transaction.init() },
      finish: (transaction) => transaction.rollback(),
    },
    'transaction.commit': { ...begun, fulfilled: (transactions) => transactions.pop().commit() },
    'transaction.rollback': { ...begun, fulfilled: (transactions) => transactions.pop().rollback() },
    'transaction.commit, once it has ended': { ...ended, rejected: (transaction) => transaction.commit() },
    'transaction.rollback, once it has ended': { ...ended, rejected: (transaction) => transaction.rollback() },
    'document.get, once its transaction has ended': {
      ...ended, rejected: (transaction) => transaction.collection('things').doc('a').get(),
    },
    'document.get, in a transaction': {
      ...begun,
      // Each takes part in a hundred operations at most.
      fulfilled: (transactions) => transactions[0].collection('things').doc('a').get()
        .finally(() => { if (++last % 100 === 0) transactions.shift().rollback().catch(no) }),
    },
    'query.get': {
      fulfilled: () => query.get(),
      rejected: () => none.where({}).get(),
    },
    'query.count': { fulfilled: () => query.count(), rejected: () => none.count() },
    'query.count, as a test lets it fail': {
      prepare: () => testing.faults.inject({ api: 'collection.count', times: 1e6, error: -501001 }),
      rejected: () => query.count(),
    },
    'query.update': {
      fulfilled: () => query.update({ data: { n: db.command.inc(1) } }), rejected: () => query.update({ data: {} }),
    },
    'query.remove': {
      fulfilled: () => collection.where({ n: -1 }).remove(), rejected: () => none.where({ n: 1 }).remove(),
    },
    'collection.add': { fulfilled: () => collection.add({ data: { n: 2 } }), rejected: () => collection.add({ data: { _id: 'a' } }) },
    'document.get': { fulfilled: () => document.get(), rejected: () => none.doc('a').get() },
    'document.set': { fulfilled: () => document.set({ data: { n: 3 } }), rejected: () => document.set() },
    'document.update': { fulfilled: () => document.update({ data: { n: 3 } }), rejected: () => document.update({ data: {} }) },
    'document.remove': { fulfilled: () => collection.doc('gone').remove(), rejected: () => none.doc('a').remove() },
    'aggregate.end': {
      fulfilled: () => collection.aggregate().match({}).end(), rejected: () => none.aggregate().match({}).end(),
    },
    'pipeline.end': { rejected: () => pipeline.end() },
  }
}

/** Calls of `of`, which is the default world or another. */
const controls = (directory) => {
  const order = (of, outTradeNo) => of.run(() => cloud.cloudPay.unifiedOrder({
    body: 'tea', spbillCreateIp: '127.0.0.1', subMchId: '1', totalFee: 100, envId: 'local', outTradeNo,
  }))
  const refund = async (of, outTradeNo) => {
    await order(of, outTradeNo)
    await of.cloudPay.pay(outTradeNo)
    await of.run(() => cloud.cloudPay.refund({ outTradeNo, outRefundNo: outTradeNo, totalFee: 100, refundFee: 1 }))
  }
  const once = (make) => ({
    rounds: READY, prepare: (of) => ready(async () => { const number = fresh(); await make(of, number); return number }),
  })
  return {
    reset: { fulfilled: (of) => of.reset() },
    seed: { fulfilled: (of) => of.seed(THINGS), rejected: (of) => of.seed(path.join(directory, 'none')) },
    snapshot: { fulfilled: (of) => of.snapshot() },
    restore: { prepare: (of) => of.snapshot(), fulfilled: (of, mark) => of.restore(mark), rejected: (of) => of.restore() },
    as: {
      fulfilled: (of) => of.as('you', () => 1),
      rejected: (of) => of.as('you', no),
      'rejected for its parameters': (of) => of.as('you'),
    },
    run: { fulfilled: (of) => of.run(() => 1), rejected: (of) => of.run(no), 'rejected for its parameters': (of) => of.run() },
    invoke: {
      fulfilled: (of) => of.invoke('answers'),
      rejected: (of) => of.invoke('fails'),
      'rejected before it runs': (of) => of.invoke('none'),
    },
    trigger: { fulfilled: (of) => of.trigger('answers'), rejected: (of) => of.trigger('none') },
    'clock.advance': { fulfilled: (of) => of.clock.advance(1), rejected: (of) => of.clock.advance(-1) },
    'cloudPay.pay': {
      ...once(order), fulfilled: (of, numbers) => of.cloudPay.pay(numbers.pop()), rejected: (of) => of.cloudPay.pay('none'),
    },
    'cloudPay.settleRefund': {
      ...once(refund),
      fulfilled: (of, numbers) => of.cloudPay.settleRefund(numbers.pop()), rejected: (of) => of.cloudPay.settleRefund('none'),
    },
    'permissions.collection': {
      fulfilled: (of) => of.permissions.collection('things', 'READONLY'), rejected: (of) => of.permissions.collection('things', 'NO'),
    },
    'permissions.files': { fulfilled: (of) => of.permissions.files(null), rejected: (of) => of.permissions.files('NO') },
    'permissions.functions': { fulfilled: (of) => of.permissions.functions(null), rejected: (of) => of.permissions.functions(7) },
    dump: { fulfilled: (of) => of.dump('things'), rejected: (of) => of.dump('none') },
    collections: { fulfilled: (of) => of.collections(), rejected: (of) => of.collections({ no: 1 }) },
    indexes: { fulfilled: (of) => of.indexes('things'), rejected: (of) => of.indexes('none') },
    export: { fulfilled: (of) => of.export('things', 'json'), rejected: (of) => of.export('none', 'json') },
    import: { fulfilled: (of) => of.import('things', '{"n":1}\n'), rejected: (of) => of.import('things', '{"n"\n') },
  }
}

function controlRows({ testing, world, disposed, directory }) {
  const rows = {}
  for (const [name, { prepare, rounds, ...calls }] of Object.entries(controls(directory))) {
    for (const [at, of] of Object.entries({ testing, world })) {
      const row = rows[`${at}.${name}`] = { rounds, prepare: prepare && (() => prepare(of)) }
      for (const [outcome, call] of Object.entries(calls)) row[outcome] = (made) => call(of, made)
    }
    rows[`world.${name}, once it was disposed`] = { rejected: () => calls.fulfilled(disposed, []) }
  }
  rows['world.dispose'] = { fulfilled: () => disposed.dispose() }
  return rows
}

/** Each of these is called for its promise and with callbacks as well. */
const pageRows = ({ wx, directory, pageDatabase, pageCollection, pageQuery, pageDocument }) => {
  const filePath = path.join(directory, 'upload.txt')
  const header = { 'X-WX-SERVICE': 'api' }
  const none = pageDatabase.collection('none')
  const mine = pageCollection.doc('mine')
  return {
    ...fileRows('wx', wx, { filePath }),
    'wx.callFunction': {
      fulfilled: (_, options) => wx.callFunction({ name: 'answers', ...options }),
      rejected: (_, options) => wx.callFunction({ name: 'fails', ...options }),
      'rejected for its parameters': (_, options) => wx.callFunction({ ...options }),
    },
    'wx.callContainer': {
      fulfilled: (_, options) => wx.callContainer({ path: '/', header, ...options }),
      rejected: (_, options) => wx.callContainer({ path: 'no', header, ...options }),
    },
    'pageQuery.get': { fulfilled: (_, options) => pageQuery.get(options), rejected: (_, options) => none.get(options) },
    'pageQuery.count': { fulfilled: (_, options) => pageQuery.count(options), rejected: (_, options) => none.count(options) },
    'pageQuery.update': {
      fulfilled: (_, options) => pageQuery.update({ data: { n: 2 }, ...options }),
      rejected: (_, options) => pageQuery.update({ data: {}, ...options }),
    },
    'pageQuery.remove': {
      fulfilled: (_, options) => pageCollection.where({ n: -1 }).remove(options),
      rejected: (_, options) => none.where({ n: 1 }).remove(options),
    },
    'pageCollection.add': {
      fulfilled: (_, options) => pageCollection.add({ data: { n: 1 }, ...options }),
      rejected: (_, options) => pageCollection.add({ data: { _id: 'a' }, ...options }),
    },
    'pageDocument.get': { fulfilled: (_, options) => pageDocument.get(options), rejected: (_, options) => none.doc('a').get(options) },
    'pageDocument.set': {
      fulfilled: (_, options) => mine.set({ data: { n: 1 }, ...options }),
      rejected: (_, options) => pageDocument.set({ data: { n: 1 }, ...options }),
    },
    'pageDocument.update': {
      prepare: () => mine.set({ data: { n: 1 } }),
      fulfilled: (_, options) => mine.update({ data: { n: 1 }, ...options }),
      rejected: (_, options) => mine.update({ data: {}, ...options }),
    },
    'pageDocument.remove': {
      rounds: READY,
      prepare: () => ready(async () => (await pageCollection.add({ data: {} }))._id),
      fulfilled: (ids, options) => pageCollection.doc(ids.pop()).remove(options),
      rejected: (_, options) => none.doc('a').remove(options),
    },
    'pageAggregate.end': {
      fulfilled: (_, options) => pageCollection.aggregate().match({}).end(options),
      rejected: (_, options) => none.aggregate().match({}).end(options),
    },
  }
}

/** These have callbacks only: what has heard something closes, and somebody listens anew. */
const listenerRows = ({ pageDatabase, pageCollection, pageDocument, document }) => {
  const none = pageDatabase.collection('none')
  const listen = (query) => (_, { success, fail }) => {
    const end = (told) => () => { watcher.close(); told() }
    const watcher = query.watch({ onChange: end(success), onError: end(fail) })
  }
  return {
    'pageQuery.watch': { fulfilled: listen(pageCollection), rejected: listen(none) },
    'pageDocument.watch': { fulfilled: listen(pageDocument), rejected: listen(none.doc('a')) },
    'pageDocument.watch, by whoever writes when told of writes': {
      prepare: () => ({}),
      fulfilled: (made, { success, fail }) => {
        made.told = success
        if (made.watcher === undefined) made.watcher = pageDocument.watch({ onChange: () => made.told(), onError: fail })
        else void document.update({ data: { n: fresh() } })
      },
      finish: (made) => made.watcher.close(),
    },
  }
}

const sharedRows = ({ pageDatabase, pageCollection, 'new wx.Cloud': shared }) => {
  const listen = (query) => query.watch({ onChange() {}, onError() {} })
  return {
    'new wx.Cloud.init': { fulfilled: () => shared.init() },
    'watcher.close': {
      fulfilled: () => listen(pageCollection).close(),
      'fulfilled after an error': () => listen(pageDatabase.collection('none')).close(),
    },
  }
}

/** Every row: a call, with what is to become of it. */
function* rows(objects) {
  const styles = [
    [[sdkRows, databaseRows, controlRows, pageRows, sharedRows], 'a promise'], [[pageRows, listenerRows], 'callbacks'],
  ]
  for (const [tables, style] of styles) {
    for (const [path, { prepare, finish, rounds, ...calls }] of tables.flatMap((table) => Object.entries(table(objects)))) {
      for (const [outcome, call] of Object.entries(calls)) yield { path, outcome, style, call, prepare, finish, rounds }
    }
  }
}

module.exports = { rows }
