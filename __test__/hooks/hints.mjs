// What an export is called with, so that calls get past the checks of their arguments. One that is
// not listed here gets any values, as many as it has parameters.

const STAGES = ['match', 'project', 'addFields', 'group', 'sort', 'limit', 'lookup', 'unwind', 'count', 'bucket']
const ID = (make, id) => make.leaf(make.dice.oneIn(4) ? "'a'" : `'d${id}'`)
const NUMBER = (make) => make.dice.oneIn(3) ? make.value(2) : make.number()

/** A document, mostly with an `_id` that no other case uses. */
function document(make, id) {
  const { dice } = make
  if (dice.oneIn(12)) return make.wrapped()
  const keys = [...new Set(dice.some(5, () => dice.pick(['a', 'b', 'c', 'price', 'qty', 'note', 'tags'])))]
  const entries = keys.map((key) => [key, dice.oneIn(2) ? make.known(() => make.value(1)) : make.value(1)])
  if (!dice.oneIn(8)) entries.splice(dice.below(entries.length + 1), 0, ['_id', make.literal(`d${id}`)])
  if (dice.oneIn(8)) entries.push(['pad', make.pad()])
  return make.record(entries)
}

function documents(make, id) {
  if (!make.dice.oneIn(5)) return document(make, id)
  return make.list(0, () => document(make, `${id}x${make.dice.below(1000)}`))
}

function condition(make) {
  const { dice } = make
  if (dice.oneIn(10)) return make.value()
  if (dice.oneIn(8)) return make.leaf(dice.pick(['_.or([{ a: 1 }, { b: 2 }])', '_.and([{ a: _.gt(1) }])', '_.nor([{ a: 1 }])', '{}']))
  const keys = [...new Set(['a', ...dice.some(3, () => dice.pick(['b', 'c', 'd', 'tags', '_id', 'a.b']))])]
  const entries = keys.map((key) => [key, operand(make)])
  // True of every document.
  if (dice.oneIn(8)) entries.push(['pad', { text: '_.neq($0)', parts: [make.pad()], acts: [] }])
  return make.record(entries)
}

function operand(make) {
  const { dice } = make
  if (dice.oneIn(2)) return make.value(1)
  const text = dice.pick(['_.eq($0)', '_.gt($0)', '_.lt($0)', '_.in([$0, $1])', '_.nin([$0, $1])', '_.elemMatch($0)', '_.all([$0, $1])', '_.and(_.gt($0), _.lt($1))', '_.or(_.eq($0), _.eq($1))', '_.not(_.eq($0))', '_.exists($0)', '_.mod($0, $1)', '_.size($0)', '_.geoNear({ geometry: point(1), maxDistance: $0 })'])
  return { text, parts: [make.value(1), make.value(1)], acts: [] }
}

function change(make) {
  const { dice } = make
  if (dice.oneIn(10)) return make.value()
  const keys = [...new Set(['a', ...dice.some(3, () => dice.pick(['b', 'c', 'd.e', 'tags', 'n']))])]
  if (dice.oneIn(3)) return make.known(() => make.record(keys.map((key) => [key, dice.oneIn(2) ? make.value(1) : { text: '_.set($0)', parts: [make.value(1)], acts: [] }])))
  const commands = ['_.set($0)', '_.inc($0)', '_.push([$0, $1])', '_.push({ each: [$0, $1], position: 0 })', '_.addToSet($0)', '_.pull($0)', '_.pullAll([$0])', '_.unshift([$0])', '_.remove()', '_.pop()', '_.mul($0)', '_.max($0)', '_.min($0)', '_.rename("z")', '_.bit({ and: $0 })']
  return make.record(keys.map((key) => [key, dice.oneIn(2) ? make.value(1) : { text: dice.pick(commands), parts: [make.value(1), make.value(1)], acts: [] }]))
}

function expression(make) {
  const { dice } = make
  if (dice.oneIn(3)) return make.value(1)
  const text = dice.pick(['$.add(["$n", $0])', '$.concat(["$a", $0])', '$.literal($0)', '$.sum($0)', '$.cond({ if: $0, then: $1, else: 0 })', '$.ifNull(["$a", $0])', '$.map({ input: $0, as: "x", in: $1 })', '$.eq([$0, $1])', '$.switch({ branches: [{ case: $0, then: $1 }], default: 1 })'])
  return { text, parts: [make.value(1), make.value(1)], acts: [] }
}

const stages = {
  match: (make) => [condition(make)],
  project: (make) => [make.record([['a', expression(make)], ['b', make.literal(1)]])],
  addFields: (make) => [make.record([['a', expression(make)], ['z', expression(make)]])],
  group: (make) => [make.record([['_id', expression(make)], ['n', { text: '$.sum($0)', parts: [expression(make)], acts: [] }]])],
  sort: (make) => [make.record([['a', make.number()], ['_id', make.literal(1)]])],
  lookup: (make) => [make.record([['from', make.text('t', 'o')], ['localField', make.literal('a')], ['foreignField', make.literal('a')], ['as', make.text('joined')]])],
  unwind: (make) => [make.dice.oneIn(2) ? make.text('$tags') : make.record([['path', make.literal('$tags')], ['preserveNullAndEmptyArrays', make.value(2)]])],
  count: (make) => [make.text('n', 'total')],
  bucket: (make) => [make.record([['groupBy', make.literal('$n')], ['boundaries', make.list(0, () => make.number())], ['default', make.value(2)]])],
  bucketAuto: (make) => [make.record([['groupBy', make.literal('$n')], ['buckets', NUMBER(make)]])],
  sample: (make) => [make.record([['size', make.literal(100)]])],
  replaceRoot: (make) => [make.record([['newRoot', make.object(1)]])],
  sortByCount: (make) => [make.text('$a')],
  facet: (make) => [make.record([['x', { text: '$.pipeline().match($0).done()', parts: [condition(make)], acts: [] }]])],
  geoNear: (make) => [make.record([['near', make.leaf('point(1)')], ['distanceField', make.literal('d')], ['key', make.literal('at')], ['query', condition(make)]])],
  graphLookup: (make) => [make.record([['from', make.literal('t')], ['startWith', expression(make)], ['connectFromField', make.literal('a')], ['connectToField', make.literal('b')], ['as', make.literal('g')]])],
  out: (make) => [make.text('out')],
  limit: (make) => [NUMBER(make)],
  skip: (make) => [NUMBER(make)],
}

/** Options of a page's call: seldom with callbacks. */
function options(make, entries) {
  if (make.dice.oneIn(4)) {
    for (const callback of ['success', 'fail', 'complete']) if (make.dice.oneIn(2)) entries.push([callback, make.listener()])
  }
  return [make.record(entries)]
}

const NAMES = ['echo', 'echo', 'stores', 'nobody']
const mock = (make) => [make.text('security.msgSecCheck', 'unifiedOrder', 'subscribeMessage.send', 'other'), make.dice.oneIn(2) ? make.func() : make.object(), make.leaf('{ undocumented: true }')]
const points = (make) => [make.list(0, () => make.dice.oneIn(4) ? make.value(2) : make.leaf('point(1)'))]
const lines = (make) => [make.list(0, () => make.dice.oneIn(4) ? make.value(2) : make.leaf(make.dice.pick(['ring()', 'line()', 'polygon()'])))]
const time = (make) => [make.dice.oneIn(2) ? make.value() : make.one('new Date(1600000000000)', '1600000000000', "'2026-01-01'")]
const stream = (make) => make.dice.oneIn(3)
  ? make.leaf(make.dice.pick(['stream(["ab", "c"])', 'openFile()', "hidden(openFile(), 'on', () => { throw new Error('thrown by a hook') })"]))
  : make.dice.oneIn(3) ? make.wrapped() : make.one("bytes()", "'text'", 'Buffer.alloc(70000)', 'new Uint8Array(3)')
const fileList = (make) => [['fileList', make.list(0, () => make.dice.oneIn(3) ? make.value(1) : make.one('fileID', "'cloud://e.x/a'"))]]
const env = (make) => make.dice.oneIn(3) ? [make.record([['env', make.text('e1', 'local')]])] : []
const api = (make) => [make.record([['a', make.value()], ['content', make.value()], ['outTradeNo', make.text()], ['totalFee', make.number()]])]
const permission = (make) => make.dice.oneIn(2) ? make.one("'READONLY'", "'PRIVATE'", 'null') : make.record([['read', make.value(2)], ['write', make.one('true', "'doc._openid == auth.openid'")]])

/** By the export's whole name, else by the name of its member. */
const HINTS = {
  ...stages,
  add: (make, id) => options(make, [['data', documents(make, id)]]),
  set: (make, id) => options(make, [['data', document(make, id)]]),
  update: (make) => options(make, [['data', change(make)]]),
  get: (make) => make.dice.oneIn(2) ? [] : options(make, []),
  count: (make) => make.dice.oneIn(2) ? [] : options(make, []),
  remove: (make) => make.dice.oneIn(2) ? [] : options(make, []),
  end: (make) => make.dice.oneIn(2) ? [] : options(make, []),
  where: (make) => [condition(make)],
  doc: (make, id) => [ID(make, id)],
  field: (make) => [make.record([['a', make.value(2)], ['b', make.leaf('true')]])],
  orderBy: (make) => [make.text('a', 'n', 'a.b'), make.text('asc', 'desc')],
  watch: (make) => [make.record([['onChange', make.listener()], ['onError', make.listener()]])],
  onProgressUpdate: (make) => [make.listener()],
  collection: (make) => [make.text('t', 'o')],
  pushStage: (make) => { const stage = make.dice.pick(STAGES); return [make.leaf(`'${stage}'`), ...stages[stage](make)] },
  _pipe: (make) => { const stage = make.dice.pick(STAGES); return [make.leaf(`'${stage}'`), ...stages[stage](make)] },
  createCollection: (make) => [make.text('t', 'o', 'made')],
  runTransaction: (make) => [make.func('transaction'), ...(make.dice.oneIn(4) ? [make.number()] : [])],
  database: (make) => make.dice.oneIn(2) ? [] : [make.record([['env', make.text('e1')], ['throwOnNotFound', make.value(2)]])],
  callFunction: (make) => options(make, [['name', make.text(...NAMES)], ['data', make.object()]]),
  callOpenAPI: (make) => [make.record([['api', make.text('security.msgSecCheck')], ['data', make.object()]])],
  getOpenData: (make) => [make.record([['list', make.list()]])],
  uploadFile: (make) => [make.record([['cloudPath', make.text('a', 'b/c')], ['fileContent', stream(make)]])],
  'wx.uploadFile': (make) => options(make, [['cloudPath', make.text('a')], ['filePath', make.one('filePath', "'/no/such/file'")]]),
  downloadFile: (make) => options(make, [['fileID', make.one('fileID', "'cloud://x.y/z'")]]),
  getTempFileURL: (make) => options(make, fileList(make)),
  deleteFile: (make) => options(make, fileList(make)),
  callContainer: (make) => options(make, [['path', make.text('/a')], ['method', make.text('POST', 'GET')], ['header', make.record([['X-WX-SERVICE', make.literal('svc')], ['x', make.value(1)]])], ['data', make.object()]]),
  openapi: api, cloudPay: api, msgSecCheck: api, send: api, path: api, unifiedOrder: api, refund: api, queryOrder: api,
  'cloud.wxacode.get': api,
  signature: (make) => [make.record([['type', make.literal('midas')], ['a', make.value()]])],
  registerService: (make) => [make.record([['createService', { text: '() => { ACT; return { get name() { ACT; return "n" }, getAPIs: () => ({ hello: () => $0 }), get getNamespace() { ACT; return undefined } } }', parts: [make.value()], acts: make.acts() }]])],
  init: (make) => [make.record([['env', make.one("'e1'", 'cloud.DYNAMIC_CURRENT_ENV')], ['timeout', make.value(2)]])],
  updateConfig: (make) => [make.record([['env', make.text('e1')]])],
  createNewInstance: (make) => [make.record([['env', make.text('e1')]])],
  Cloud: (make) => make.dice.oneIn(3) ? [] : [make.record([['resourceAppid', make.text('wx1')], ['resourceEnv', make.text('e')]])],
  log: api, info: api, warn: api, error: api, baseLog: (make) => [make.object(), make.text('log')], transformMsg: api,
  client: (make) => [make.dice.oneIn(2) ? make.text('user') : make.record([['OPENID', make.value(2)]])],
  createClient: (make) => [make.dice.oneIn(2) ? make.text('user') : make.record([['OPENID', make.value(2)]])],
  createTest: (make) => make.dice.oneIn(2) ? [] : [make.record([['as', make.value(1)], ['env', make.text('e1')], ['strict', make.leaf('false')]])],
  'testing.as': (make) => [make.dice.oneIn(2) ? make.text('user') : make.record([['OPENID', make.value(2)]]), make.func()],
  'testing.run': (make) => [make.func()],
  'testing.seed': (make, id) => [make.record([['t', make.list(0, () => document(make, `${id}x${make.dice.below(1000)}`))]]), ...env(make)],
  'testing.restore': (make) => [make.dice.oneIn(2) ? make.leaf('snapshot') : make.value()],
  'testing.invoke': (make) => [make.text(...NAMES), make.object(), ...(make.dice.oneIn(3) ? [make.record([['as', make.value(1)], ['env', make.text('e1')]])] : [])],
  'testing.trigger': (make) => [make.text(...NAMES)],
  'testing.functions.use': (make) => [make.dice.oneIn(2) ? make.one("'/no/such/directory'", 'directory') : make.value(), ...(make.dice.oneIn(3) ? [make.record([['require', make.func()]])] : [])],
  'testing.functions.register': (make) => [make.text('echo2', 'f'), make.func()],
  'testing.clock.set': time,
  'testing.clock.advance': (make) => [make.dice.oneIn(2) ? make.number() : make.record([['seconds', make.number()], ['hours', make.value(2)]])],
  'testing.openapi.mock': mock, 'testing.cloudPay.mock': mock,
  'testing.openapi.unmock': (make) => [make.one("'security.msgSecCheck'", 'undefined')],
  'testing.cloudPay.unmock': (make) => [make.one("'refund'", 'undefined')],
  'testing.openData.set': (make) => [make.text('id'), make.value()],
  'testing.container.route': (make) => [make.text('svc2'), make.func()],
  'testing.container.unroute': (make) => [make.text('svc2')],
  'testing.permissions.collection': (make) => [make.text('t', 'o'), permission(make), ...env(make)],
  'testing.permissions.files': (make) => [permission(make), ...env(make)],
  'testing.permissions.functions': (make) => [make.record([['*', make.record([['invoke', make.value(2)]])]]), ...env(make)],
  'testing.faults.inject': (make) => [make.record([['api', make.text('collection.add', 'no')], ['times', make.literal(1)], ['error', make.value(2)]])],
  'testing.dump': (make) => [make.text('t', 'o', 'no'), ...(make.dice.oneIn(2) ? [make.record([['normalise', make.value(2)]])] : [])],
  'testing.export': (make) => [make.text('t'), make.text('json', 'csv'), make.record([['fields', make.list(0, () => make.text('a', 'b'))]])],
  'testing.import': (make, id) => [make.text('t'), make.dice.oneIn(2) ? make.literal(`{"_id":"d${id}","a":1}\n`) : make.literal('a,b\n1,2\n'), make.record([['format', make.text('json', 'csv')], ['conflictMode', make.text('upsert')]])],
  'testing.indexes': (make) => [make.text('t'), make.list(0, () => make.dice.oneIn(2) ? make.text('a', 'b') : make.record([['keys', make.record([['a', make.number()]])], ['unique', make.value(2)]]))],
  'testing.calls': (make) => [make.one("'openapi'", 'undefined')],
  collections: env,
  point: NUMBER, serverDate: (make) => [make.record([['offset', NUMBER(make)]])],
  RegExp: (make) => [make.record([['regexp', make.text()], ['options', make.text('i')]])],
  'cloud Database.Geo.Point': (make) => [NUMBER(make), NUMBER(make)],
  LineString: points, MultiPoint: points, Polygon: lines, MultiLineString: lines, MultiPolygon: lines,
  'new cloud Point': (make) => [NUMBER(make), NUMBER(make)],
}
const LISTS = ['in', 'nin', 'all', 'and', 'or', 'nor', 'push', 'unshift', 'pullAll', 'addToSet']

/** The arguments of one call, with hooks. `id` is the case's number. */
export function argumentsOf(make, name, id) {
  const key = name.slice(name.lastIndexOf('.') + 1)
  if (name.includes('Database.command.') || name.includes('Command.')) return commandArguments(make, key, name)
  const hint = Object.hasOwn(HINTS, name) ? HINTS[name] : Object.hasOwn(HINTS, key) ? HINTS[key] : undefined
  if (hint !== undefined) return hint(make, id)
  const count = make.exports.byName.get(name).arity
  return Array.from({ length: Math.max(1, count) }, () => make.value())
}

function commandArguments(make, key, name) {
  if (name.includes('aggregate.')) return [make.dice.oneIn(2) ? make.list(0, () => expression(make)) : expression(make)]
  if (LISTS.includes(key)) return make.dice.oneIn(3) ? [make.value(), make.value()] : [make.list()]
  if (key.startsWith('geo')) return [make.record([['geometry', make.one('point(1)', 'polygon()')], ['maxDistance', NUMBER(make)]])]
  return [make.value()]
}
