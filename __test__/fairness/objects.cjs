'use strict'
// Every object that the package hands out, by name, and which of their members return no promise.
const fs = require('node:fs')
const path = require('node:path')
const cloud = require('../../entry/sdk.js')
const testing = require('../../entry/testing.js')
const client = require('../../entry/client.js')

const THINGS = { things: { documents: [{ _id: 'a', n: 1 }], permissions: 'READONLY' } }

async function objects(directory) {
  fs.writeFileSync(path.join(directory, 'upload.txt'), 'x')
  cloud.init({ env: 'local' })
  const world = testing.createTest()
  const disposed = testing.createTest()
  await disposed.dispose()
  const db = cloud.database()
  await testing.seed(THINGS)
  const collection = db.collection('things')
  const wx = client.createClient('me')
  wx.init({ env: 'local' })
  const pageDatabase = wx.database()
  const pageCollection = pageDatabase.collection('things')
  const pageQuery = pageCollection.where({})
  const shared = { resourceAppid: 'wx-other', resourceEnv: 'theirs' }
  const sharedCloud = new cloud.Cloud(shared)
  await sharedCloud.init()
  return {
    disposed,
    cloud, 'new cloud.Cloud': sharedCloud, logger: cloud.logger(),
    db, collection, query: collection.where({}), document: collection.doc('a'), transaction: await db.startTransaction(),
    aggregate: collection.aggregate(), pipeline: db.command.aggregate.pipeline(),
    ai: cloud.ai(), model: cloud.ai().createModel('m'), imageModel: cloud.ai().createImageModel('m'),
    testing, world, snapshot: await testing.snapshot(), cloudID: testing.openData.cloudID('x'),
    client, wx, 'new wx.Cloud': new wx.Cloud(shared),
    pageDatabase, pageCollection, pageQuery, pageDocument: pageCollection.doc('a'), pageAggregate: pageCollection.aggregate(),
    watcher: pageQuery.watch({ onChange() {}, onError() {} }),
    task: wx.downloadFile({ fileID: 'cloud://none', success() {}, fail() {} }),
  }
}

/** Functions and mocks, which stay or are cleared when data is set back. */
function furnish(control) {
  control.functions.register('answers', () => 1)
  control.functions.register('fails', () => { throw new Error('no') })
  control.container.route('api', () => ({ data: { n: 1 } }))
  control.openapi.mock('security.msgSecCheck', ({ content }) => ({ errCode: content === 'bad' ? 87014 : 0 }))
}

const STAGES = ['addFields', 'bucket', 'bucketAuto', 'count', 'geoNear', 'group', 'limit', 'lookup', 'match', 'project', 'replaceRoot',
  'sample', 'skip', 'sort', 'sortByCount', 'unwind']
/** Members that return something else, or nothing; those that begin with `_` are not for users. */
const SYNCHRONOUS = {
  cloud: ['init', 'updateConfig', 'registerService', 'createNewInstance', 'Cloud', 'database', 'getWXContext', 'signature', 'ai', 'logger'],
  logger: ['transformMsg', 'baseLog', 'log', 'info', 'warn', 'error'],
  db: ['collection', 'serverDate', 'RegExp'],
  collection: ['doc', 'aggregate'],
  query: ['field', 'where', 'orderBy', 'limit', 'skip'],
  document: ['field'],
  transaction: ['collection'],
  aggregate: [...STAGES, 'pushStage', 'collStats', 'facet', 'graphLookup', 'indexStats', 'out', 'redact'],
  pipeline: [...STAGES, 'unwrap', 'done'],
  ai: ['createModel', 'registerModel', 'createImageModel', 'registerFunctionTool'],
  testing: ['createTest'],
  world: ['functions.use', 'functions.register', 'clock.set', 'clock.reset', 'clock.now', 'openapi.mock', 'openapi.unmock',
    'cloudPay.mock', 'cloudPay.unmock', 'openData.set', 'openData.cloudID', 'container.route', 'container.unroute', 'client',
    'faults.inject', 'faults.clear', 'calls', 'diagnostics', 'invocations'],
  cloudID: ['toJSON'],
  client: ['createClient'],
  wx: ['init', 'database', 'CloudID', 'Cloud'],
  task: ['abort', 'onProgressUpdate', 'offProgressUpdate', 'onHeadersReceived', 'offHeadersReceived'],
  pageDatabase: ['collection', 'serverDate', 'RegExp'],
  pageCollection: ['doc', 'aggregate'],
  pageQuery: ['field', 'where', 'orderBy', 'limit', 'skip'],
  pageDocument: ['field'],
  pageAggregate: STAGES.filter((stage) => stage !== 'lookup'),
}
SYNCHRONOUS.testing.push(...SYNCHRONOUS.world)

/** These have the members of another, made by the same code, beside the ones named. */
const LIKE = { 'new cloud.Cloud': ['cloud', 'new cloud.Cloud.init'], 'new wx.Cloud': ['wx', 'new wx.Cloud.init'] }
/** Members that have tests of their own: they make values and return no promise. */
const NAMESPACES = ['command', 'Geo', 'constructor']

/** `[path, function, receiver]` of every function in `object`, down its prototypes and its plain objects. */
function* members(object, path) {
  const seen = new Set()
  for (let of = object; of !== null && of !== Object.prototype && of !== Function.prototype; of = Object.getPrototypeOf(of)) {
    for (const key of Reflect.ownKeys(of)) {
      const name = typeof key === 'symbol' ? key.description : key
      if (seen.has(key) || name.startsWith('_') || NAMESPACES.includes(name)) continue
      seen.add(key)
      const value = object[key]
      if (typeof value === 'function') yield [`${path}.${name}`, value, object]
      else if (value?.constructor === Object) yield* members(value, `${path}.${name}`)
    }
  }
}

module.exports = { objects, furnish, members, SYNCHRONOUS, LIKE, THINGS }
