// Values with hooks, as source text. `ACT` runs the hook; `$0`, `$1` .. are the parts, made anew each
// time that they are met. What is built and what is printed of a case is the same text.

/** Own keys of a proxy's handler. */
export const TRAPS = Reflect.ownKeys(Reflect).filter((key) => typeof key === 'string')

/** Helpers that the texts use. */
export const HELPERS = {
  /** All traps, passed on; `act` runs before those named. */
  traps(act, names) {
    const handler = {}
    for (const name of TRAPS) {
      const acts = names === undefined || names.includes(name)
      handler[name] = (...all) => {
        if (acts) act()
        return Reflect[name](...all)
      }
    }
    return handler
  },
  /** An object whose property is an accessor. */
  accessor(object, key, get) {
    return Object.defineProperty(object, key, { get, enumerable: true, configurable: true })
  },
  hidden(object, key, get) {
    return Object.defineProperty(object, key, { get, enumerable: false, configurable: true })
  },
  /** A proxy that nobody can tell from its target, where `isThere`: without it stands for the target. */
  through(isThere, value) {
    return isThere ? new Proxy(value, {}) : value
  },
  trapped(isThere, value) {
    return isThere ? new Proxy(value, passing) : value
  },
  revocable(target) {
    const { proxy, revoke } = Proxy.revocable(Object(target), {})
    revokers.set(proxy, revoke)
    return proxy
  },
  revoke(proxy) {
    revokers.get(proxy)?.()
  },
  detach(view) {
    structuredClone(view.buffer, { transfer: [view.buffer] })
  },
  /** Nobody may be there to be told that it is rejected. What it is fulfilled with is not passed on: its `then` may throw. */
  handled(promise) {
    Reflect.apply(then, promise, [() => {}, () => {}])
    return promise
  },
  /** Bytes that share no memory with others: where they lie can be read. */
  bytes() {
    return Buffer.from(new Uint8Array([97, 98]).buffer)
  },
  chain(levels, end) {
    let value = end
    for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { deep: value }
    return value
  },
}
const revokers = new WeakMap()
const passing = HELPERS.traps(() => {})
const { then } = Promise.prototype

/**
 * Values that mean their first part, or what stands beside them. `data` and `json` say what a
 * document and what JSON make of it: the number of a part, or nothing known. What `geo` says is
 * stored, and answered as that geometry. THROUGH puts a proxy before a value, which only one of two
 * twins has.
 */
export const WRAPPERS = {
  through: { text: 'THROUGH(Object($0))', parts: 1, data: 0, json: 0, of: 'object' },
  throughList: { text: 'THROUGH([$0, THROUGH([$1])])', parts: 2, data: [0, [1]], json: [0, [1]] },
  throughInstance: { text: 'THROUGH(new (class Money { constructor() { this.n = $0 } })())', parts: 1, data: { n: 0 }, json: { n: 0 } },
  throughMap: { text: 'THROUGH(new Map([[1, $0]]))', parts: 1, data: {}, json: {} },
  throughDate: { text: 'new Proxy(new Date(6), {})', parts: 0 },
  throughCommand: { text: 'THROUGH(_.in(THROUGH([$0, THROUGH([$1])])))', parts: 2 },
  throughUpdate: { text: '_.push(THROUGH([$0, THROUGH([$1])]))', parts: 2 },
  throughLogic: { text: '_.or(THROUGH([{ a: $0 }, THROUGH({ a: THROUGH([$1]) })]))', parts: 2 },
  throughPoint: { text: 'THROUGH(point(2))', parts: 0, geo: { type: 'Point', coordinates: [2, 1] } },
  throughLine: { text: 'Geo.LineString(THROUGH([THROUGH(point(0)), point(1)]))', parts: 0, geo: { type: 'LineString', coordinates: [[0, 1], [1, 1]] } },
  throughPolygon: { text: 'THROUGH(Geo.Polygon(THROUGH([THROUGH(ring())])))', parts: 0, geo: { type: 'Polygon', coordinates: [[[0, 0], [1, 1], [1, 0], [0, 0]]] } },
  instanceOfList: { text: 'new (class Money { constructor() { this.n = THROUGH([$0, $1]) } })()', parts: 2, data: { n: [0, 1] }, json: { n: [0, 1] } },
  instanceOfAny: { text: 'new (class Money { constructor() { this.n = THROUGH(Object($0)) } })()', parts: 1, data: { n: 0 }, json: { n: 0 }, of: 'object' },
  instanceOfLine: { text: 'new (class Place { constructor() { this.at = Geo.MultiPoint(THROUGH([point(3), THROUGH(point(1))])) } })()', parts: 0, geo: { at: { type: 'MultiPoint', coordinates: [[3, 1], [1, 1]] } } },
  proxy: { text: 'new Proxy(Object($0), traps(() => ACT))', parts: 1, data: 0, json: 0, of: 'object' },
  trap: { text: "new Proxy(Object($0), traps(() => ACT, ['TRAP']))", parts: 1, data: 0, json: 0, of: 'object' },
  ownToJson: { text: '({ a: 1, toJSON() { ACT; return $0 } })', parts: 1, json: 0 },
  instance: { text: 'new (class Money { constructor() { this.n = $1 } toJSON() { ACT; return $0 } })()', parts: 2, data: { n: 1 }, json: 0 },
  bareInstance: { text: 'new (class Money { toJSON() { ACT; return $0 } })()', parts: 1, data: {}, json: 0 },
  getterToJson: { text: 'new (class Money { get toJSON() { ACT; return () => $0 } })()', parts: 1, data: {}, json: 0 },
  inherited: { text: '({ __proto__: { get inherited() { ACT; return 1 } }, own: $0 })', parts: 1, data: { own: 0 }, json: { own: 0 } },
  nullPrototype: { text: "accessor({ __proto__: null }, 'own', () => { ACT; return $0 })", parts: 1, data: { own: 0 }, json: { own: 0 } },
  tagged: { text: "({ get [Symbol.toStringTag]() { ACT; return 'Object' }, own: $0 })", parts: 1, data: { own: 0 }, json: { own: 0 } },
  taggedInstance: { text: "new (class { constructor() { this.own = $0 } get [Symbol.toStringTag]() { ACT; return 'Object' } })()", parts: 1 },
  tagAsRegExp: { text: "({ __proto__: { get [Symbol.toStringTag]() { ACT; return 'RegExp' }, get source() { ACT; return 'a' }, get flags() { ACT; return 'i' } }, own: $0 })", parts: 1 },
  tagAsArray: { text: "({ __proto__: { get [Symbol.toStringTag]() { ACT; return 'Uint8Array' } }, get length() { ACT; return 3 }, own: $0 })", parts: 1 },
  constructorGetter: { text: "hidden({ own: $0 }, 'constructor', () => { ACT; return Object })", parts: 1, data: { own: 0 }, json: { own: 0 } },
  brandGetter: { text: "({ __proto__: { get [Symbol.for('wx-server-sdk-local.kind')]() { ACT; return 'BRAND' } }, operator: 'eq', operands: [$0], fieldName: 'a' })", parts: 1 },
  brandGetters: { text: "({ __proto__: { [Symbol.for('wx-server-sdk-local.kind')]: 'BRAND' }, get operator() { ACT; return 'eq' }, get operands() { ACT; return [$0] }, get fieldName() { ACT; return 'a' }, get offset() { ACT; return 0 }, get points() { ACT; return [$0] }, get longitude() { ACT; return 1 }, latitude: 1 })", parts: 1 },
  command: { text: "accessor(_.eq($0), 'operands', () => { ACT; return [$0] })", parts: 1 },
  commandOperator: { text: "accessor(_.gt($0), 'operator', () => { ACT; return 'gt' })", parts: 1 },
  point: { text: "accessor(Geo.Point(1, 2), 'longitude', () => { ACT; return 1 })", parts: 0 },
  line: { text: "accessor(Geo.LineString([point(0), point(1)]), 'points', () => { ACT; return [point(0), point(1)] })", parts: 0 },
  serverDate: { text: "accessor(db.serverDate(), 'offset', () => { ACT; return 5 })", parts: 0 },
  pattern: { text: "accessor(db.RegExp({ regexp: 'a' }), '$regularExpression', () => { ACT; return { get pattern() { ACT; return 'a' }, options: 'i' } })", parts: 0 },
  regexp: { text: "accessor(accessor(/a/i, 'source', () => { ACT; return 'a' }), 'flags', () => { ACT; return 'i' })", parts: 0 },
  date: { text: 'new (class extends Date { getTime() { ACT; return super.getTime() } valueOf() { ACT; return super.valueOf() } toJSON() { ACT; return super.toJSON() } toISOString() { ACT; return super.toISOString() } })(6)', parts: 0 },
  dateOwn: { text: 'hidden(Object.assign(new Date(6), { getTime() { ACT; return 6 }, toJSON() { ACT; return $0 } }), Symbol.toPrimitive, () => { ACT; return () => 6 })', parts: 1 },
  array: { text: "accessor([$0, $1], 0, () => { ACT; return $0 })", parts: 2, data: [0, 1], json: [0, 1] },
  arrayLast: { text: "accessor([$0, $1, 1], 1, () => { ACT; return $1 })", parts: 2 },
  arraySubclass: { text: '(class extends Array { get toJSON() { ACT; return undefined } get [Symbol.iterator]() { ACT; return super[Symbol.iterator] } map(...all) { ACT; return super.map(...all) } static get [Symbol.species]() { ACT; return Array } }).of($0, $1)', parts: 2 },
  arrayIterator: { text: "hidden([$0, $1], Symbol.iterator, () => { ACT; return Array.prototype[Symbol.iterator] })", parts: 2, data: [0, 1], json: [0, 1] },
  arrayToJson: { text: "hidden([$0], 'toJSON', () => { ACT; return undefined })", parts: 1 },
  bytes: { text: "Object.assign(bytes(), { toJSON() { ACT; return { type: 'Buffer', data: [97, 98] } } })", parts: 0 },
  bytesToJson: { text: "hidden(bytes(), 'toJSON', () => { ACT; return () => $0 })", parts: 1 },
  view: { text: "hidden(new Uint8Array([1, 2]), 'length', () => { ACT; return 2 })", parts: 0 },
  map: { text: "hidden(Object.assign(new Map([[1, 2]]), { toJSON() { ACT; return $0 } }), 'size', () => { ACT; return 1 })", parts: 1 },
  boxedNumber: { text: 'Object.assign(Object(5), { valueOf() { ACT; return 5 }, toString() { ACT; return "5" }, toJSON() { ACT; return 5 } })', parts: 0 },
  boxedText: { text: "Object.assign(Object('ab'), { valueOf() { ACT; return 'ab' }, toString() { ACT; return 'ab' } })", parts: 0 },
  toPrimitive: { text: "({ [Symbol.toPrimitive]() { ACT; return $0 }, toString() { ACT; return 'a' }, valueOf() { ACT; return 1 } })", parts: 1 },
  thenable: { text: '({ then(resolve) { ACT; resolve($0) } })', parts: 1 },
  thenGetter: { text: '({ get then() { ACT; return undefined }, own: $0 })', parts: 1, data: { own: 0, then: undefined }, json: { own: 0 } },
  promise: { text: "hidden(handled(Promise.resolve($0)), 'then', () => { ACT; return Promise.prototype.then })", parts: 1 },
  promiseConstructor: { text: "hidden(handled(Promise.resolve($0)), 'constructor', () => { ACT; return Promise })", parts: 1 },
  error: { text: "accessor(accessor(new Error('hooked'), 'message', () => { ACT; return 'hooked' }), 'stack', () => { ACT; return 'Error: hooked' })", parts: 0 },
  callable: { text: 'Object.assign(() => { ACT; return $0 }, { toJSON() { ACT; return $0 } })', parts: 1 },
}

/** Functions for parameters that want one. */
export const FUNCTIONS = {
  plain: { text: '(...all) => { ACT; return $0 }', parts: 1 },
  named: { text: 'function main(event, context) { ACT; return $0 }', parts: 1 },
  callback: { text: '(event, context, callback) => { ACT; callback(null, $0) }', parts: 1 },
  waits: { text: 'async (...all) => { ACT; await null; ACT; return $0 }', parts: 1 },
  proxied: { text: 'new Proxy((...all) => $0, traps(() => ACT))', parts: 1 },
  lengthGetter: { text: "hidden((...all) => $0, 'length', () => { ACT; return 3 })", parts: 1 },
  stores: { text: "async (...all) => { ACT; await cloud.database().collection('t').doc('stored').set({ data: { a: $0 } }); return $1 }", parts: 2 },
  transaction: { text: "async (transaction) => { ACT; await transaction.collection('u').doc('z').set({ data: { a: $0 } }); ACT; return 1 }", parts: 1 },
}

/** Values whose parts change while they are read. */
export const CHANGING = {
  flips: { text: '((n) => ({ get a() { ACT; return n++ % 2 ? $1 : $0 } }))(0)', parts: 2 },
  lengths: { text: '((n) => new Proxy([$0, $1], { get: (list, key) => { ACT; return key === "length" ? [2, 5, 0, 4294967295, -1, 2 ** 40][n++ % 6] : list[key] } }))(0)', parts: 2 },
  keys: { text: '((n) => new Proxy({ a: $0 }, { ownKeys() { ACT; return n++ % 2 ? [] : ["a"] }, getOwnPropertyDescriptor: () => n % 3 ? { value: $1, enumerable: true, configurable: true } : undefined, get: () => $1 }))(0)', parts: 2 },
  prototypes: { text: '((n) => new Proxy({ a: $0 }, { getPrototypeOf() { ACT; return [Object.prototype, null, Date.prototype, Array.prototype][n++ % 4] } }))(0)', parts: 1 },
  revoked: { text: 'revocable([$0, $1])', parts: 2 },
  transferable: { text: 'new Uint8Array([1, 2, 3])', parts: 0 },
  toJsonThis: { text: '({ toJSON() { ACT; return this }, a: $0 })', parts: 1 },
  endless: { text: '(function again() { return { toJSON() { ACT; return again() } } })()', parts: 0 },
  typeChanges: { text: '((n) => ({ get operator() { ACT; return n++ ? {} : "eq" }, operands: [$0], __proto__: { [Symbol.for("wx-server-sdk-local.kind")]: "query" } }))(0)', parts: 1 },
}

/** What a hook may do to a value that is being read; `it` is the value. What is very long is not moved: that would not end. */
export const MUTATIONS = [
  'it.push(1)', 'it.push(...Array(100).fill(1))', 'it.pop()', 'it.length > 1e6 || it.splice(0, 1)', 'it.length = 0', 'it.length = 4294967295', 'it.a = { b: [1] }', 'delete it.a',
  'it.new = new Date(6)', 'Object.setPrototypeOf(it, null)', 'Object.setPrototypeOf(it, Array.prototype)', 'Object.setPrototypeOf(it, { toJSON() { return 5 } })',
  'it.self = it', 'it[0] = it', 'Object.freeze(it)', 'revoke(it)', 'detach(it)', 'it.toJSON = () => 5', "accessor(it, 'a', () => 7)",
  "for (const key of Object.keys(it)) delete it[key]", 'it.length > 1e6 || it.reverse()', "it.operands = 5", "it.operator = 7",
]

/** Leaves that few programs have. */
export const ODD = [
  '10n', "Symbol('s')", 'NaN', '-0', 'Infinity', "'a\\ud800b'", "'\\udc00'", 'new Date(NaN)', 'new Date(8.64e15)', '[1, , 2]', 'Array(3)', 'undefined',
  '() => 1', '2 ** 53', '-(2 ** 31) - 1', '1e300', '5e-324', 'Object(1n)', "Object(Symbol('s'))", 'new Map([[{}, 1]])', 'new Set([1])', 'new WeakMap()', 'new ArrayBuffer(8)', 'new SharedArrayBuffer(8)',
  'new Float64Array(4)', 'new DataView(new ArrayBuffer(2))', "bytes()", "new URL('http://127.0.0.1/a')", 'Promise.resolve(1)', 'db._db', "db.collection('t')._query",
  '_.gt(1)', '_.inc(1)', '_.or([{ a: 1 }])', '_.push([1])', '_.remove()', '$.sum(1)', 'point(1)', 'line()', 'polygon()', 'db.serverDate({ offset: 1 })', "db.RegExp({ regexp: 'a', options: 'i' })",
  "JSON.parse('{\"__proto__\":{\"a\":1},\"b\":2}')", 'Object.freeze({ a: 1 })', 'Object.seal([1])', 'arguments_(1, 2)', 'foreign("({ a: [1, new Date(6)] })")', 'foreign("[1, { a: 2 }]")', 'foreign("new Date(6)")',
  'foreign("new Map()")', 'new (class Named { #x = 1; y = 2 })()', 'Object.create({ inherited: 1 })', 'new Error("e")', '/a/g', 'chain(40, 1)', "''", "'x'.repeat(3000)", "'文'.repeat(300)",
]

/** Beside a value they make the argument deep, long or large, so that it is read in the slow way. */
export const PADS = { deep: 'chain(34, 1)', long: 'Array(70000).fill(0)', large: "Array(18).fill('x'.repeat(60000))" }

/** Seldom, since they take their time: what is large, deep or long. */
export const LARGE = [
  'Array(1000).fill(6)', 'Array(3000).fill(1e300)', "'x'.repeat(70000)", 'chain(33, 1)', 'chain(99, 1)', 'chain(178, 1)', 'chain(300, 1)', 'chain(5000, 1)', 'new Uint8Array(70000)',
  'Object.assign([], { length: 4294967295 })', "'字'.repeat(20000)", 'Buffer.alloc(100000)', 'Array.from({ length: 300 }, (_, i) => i % 14)',
]
/** More seldom: as much as the memory that arguments are packed into takes, or more. */
export const HUGE = [
  'Array(12000).fill(new Date(6))', 'Array(9000).fill(new Date(6))', 'Array(15000).fill(new Date(7))', 'Array(32000).fill(new Date(6))', 'Array(32000).fill(5)', 'Array(12000).fill([])',
  'Array.from({ length: 12000 }, (_, i) => i % 14)', 'Array(6000).fill([[], {}])', 'Array(70000).fill(0)', 'Object.fromEntries(Array.from({ length: 3000 }, (_, i) => ["k" + i, i % 14]))',
  'Object.assign([], { length: 70000 })', 'Array.from({ length: 8000 }, (_, i) => "t" + i)',
]
