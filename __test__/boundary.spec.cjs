'use strict'
// The boundary between JavaScript and the engine: no input ends the process, changes a type or leaves half a write.
process.env.WX_LOCAL_DATA_DIR = ':memory:'
process.env.WX_LOCAL_DIAGNOSTICS = 'off'
const { test, describe, before, beforeEach } = require('node:test')
const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const path = require('node:path')
const cloud = require('../entry/sdk.js')
const testing = require('../entry/testing.js')

cloud.init({ env: 'local' })
const db = cloud.database()
const _ = db.command
const things = db.collection('things')

before(() => testing.seed({ things: [] }))
beforeEach(() => testing.reset())

const rejection = async (work) => {
  try {
    await work()
  } catch (error) {
    return error
  }
  return undefined
}
const nest = (levels, leaf = 1) => {
  let value = leaf
  for (let level = 0; level < levels; level++) value = { a: value }
  return value
}
const nestList = (levels) => {
  let value = []
  for (let level = 0; level < levels; level++) value = [value]
  return value
}
const circular = () => {
  const value = { a: {} }
  value.a.b = value
  return value
}

describe('values keep their types', () => {
  // What is stored, and what comes back if that is something else, as with the official encoder.
  const cases = {
    'a date': [new Date(1_234_567_890_123)],
    'a date before 1970': [new Date(-1)],
    'an integer': [7],
    'a double': [1.5],
    'a large integer': [2 ** 40],
    'the largest safe integer': [Number.MAX_SAFE_INTEGER],
    'a number beyond integers': [1e300],
    'minus zero': [-0, 0],
    'not a number': [NaN],
    'infinity': [-Infinity],
    'nested lists': [[1, [2, [3, [null]]], []]],
    'null': [null],
    'an empty object': [{}],
    'booleans': [[true, false]],
    'Chinese': ['汉字'],
    'an emoji': ['🎉👩‍👩‍👧'],
    'a text with a zero': ['a\u0000b'],
    'a lone surrogate': ['a\ud800b', 'a\ufffdb'],
    'a long text': ['长'.repeat(100_000)],
    'a key that is a number': [{ 1: 'one', b: 2 }],
    'a key named __proto__': [JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":2}')],
    'a key named prototype': [{ prototype: { a: 1 }, hasOwnProperty: 1 }],
  }
  for (const [name, [given, expected = given]] of Object.entries(cases)) {
    test(name, async () => {
      const { _id } = await things.add({ data: { value: given } })
      const { data } = await things.doc(_id).get()
      assert.deepStrictEqual(data, { _id, value: expected })
      assert.ok(!Object.is(data.value, -0))
      assert.equal({}.polluted, undefined)
      const { list } = await things.aggregate().match({ _id }).end()
      assert.deepStrictEqual(list, [{ _id, value: expected }])
    })
  }

  test('whole numbers, 64-bit ones and doubles are told apart', async () => {
    await things.add({ data: { _id: 'a', int: 7, long: 2 ** 40, double: 1.5, negative: -7 } })
    const { list } = await things.aggregate().project({
      int: { $type: '$int' }, long: { $type: '$long' }, double: { $type: '$double' },
    }).end()
    assert.deepStrictEqual(list, [{ _id: 'a', int: 'int', long: 'long', double: 'double' }])
  })

  test('an __proto__ of a filter, an update or an event pollutes nothing', async () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true}}')
    await rejection(() => things.where(hostile).get())
    await rejection(() => things.where({ _id: 'x' }).update({ data: hostile }))
    testing.functions.register('echo', (event) => event)
    const answer = await testing.invoke('echo', hostile)
    assert.equal({}.polluted, undefined)
    assert.equal(Object.getPrototypeOf(answer), Object.prototype)
  })
})

describe('hostile values', () => {
  const hostile = {
    'a getter that throws': () => ({ get a() { throw new Error('from a getter') } }),
    'a proxy that throws': () => new Proxy({}, { ownKeys() { throw new Error('from a proxy') }, get() { throw new Error('from a proxy') } }),
    'a proxy of a proxy': () => new Proxy(new Proxy({ a: 1 }, {}), { getPrototypeOf() { throw new Error('no prototype') } }),
    'a revoked proxy': () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
    'a toJSON that throws': () => ({ toJSON() { throw new Error('from toJSON') } }),
    'a toJSON that returns itself': () => {
      const value = { toJSON: () => value }
      return value
    },
    '10 000 levels of objects': () => nest(10_000),
    '10 000 levels of lists': () => ({ a: nestList(10_000) }),
    'a circle': () => circular(),
    'a circle of lists': () => {
      const list = []
      list.push(list)
      return { list }
    },
    'a sparse list of four billion': () => {
      const list = []
      list[2 ** 32 - 2] = 1
      return { list }
    },
    'a BigInt': () => ({ a: 10n }),
    'a symbol': () => ({ a: Symbol('s') }),
    'a class that lies': () => ({ a: new (class { get [Symbol.toStringTag]() { throw new Error('from a tag') } })() }),
    'an accessor that changes': () => {
      let reads = 0
      return { get a() { reads += 1; return reads > 1 ? nest(5_000) : 1 } }
    },
    'an invalid date': () => ({ a: new Date(NaN) }),
    'a function': () => ({ a: () => {} }),
    'a promise': () => ({ a: Promise.resolve(1) }),
    'typed arrays': () => ({ a: new Uint8Array(1_000_000), b: new Float64Array(3), c: new SharedArrayBuffer(8) }),
    'maps, sets and weak things': () => ({ a: new Map([[1, 2]]), b: new Set([1]), c: new WeakMap() }),
    'a forged command': () => ({ a: { [Symbol.for('wx-server-sdk-local.kind')]: 'query', operator: 7, operands: nest(500) } }),
    'a forged geometry': () => ({ a: { [Symbol.for('wx-server-sdk-local.kind')]: 'Polygon', lines: [7, { x: 1 }] } }),
  }
  // Each call with a hostile value wherever it takes one.
  const calls = {
    'add': (value) => things.add({ data: value }),
    'add, in a list': (value) => things.add({ data: [value] }),
    'add, the options': (value) => things.add(value),
    'where().get': (value) => things.where(value).get(),
    'where().count': (value) => things.where({ deep: { inside: value } }).count(),
    'where().update': (value) => things.where({ _id: 'absent' }).update({ data: value }),
    'where().remove': (value) => things.where({ _id: 'absent', b: value }).remove(),
    'doc()': (value) => things.doc(value).get(),
    'doc().update': (value) => things.doc('absent').update({ data: value }),
    'doc().set': (value) => things.doc('kept').set({ data: value }),
    'orderBy': (value) => things.orderBy(value, value).get(),
    'limit': (value) => things.limit(value).skip(value).get(),
    'field': (value) => things.field(value).get(),
    'command': (value) => things.where({ a: _.gt(value), b: _.in([value]), c: _.or(value, _.not(value)) }).get(),
    'update command': (value) => things.where({ _id: 'absent' }).update({ data: { a: _.set(value), b: _.push(value), c: _.inc(value) } }),
    'aggregate': (value) => things.aggregate().match(value).project(value).group(value).end(),
    'Geo': (value) => things.where({ a: db.Geo.Point(value, value) }).get(),
    'RegExp': (value) => things.where({ a: db.RegExp(value) }).get(),
    'serverDate': (value) => things.where({ _id: 'absent' }).update({ data: { a: db.serverDate(value) } }),
    'createCollection': (value) => db.createCollection(value),
    'collection': (value) => db.collection(value).get(),
    'runTransaction': (value) => db.runTransaction(async (transaction) => {
      await transaction.collection('things').doc('absent').set({ data: value })
      throw new Error('rolled back')
    }),
    'callFunction': (value) => cloud.callFunction({ name: 'echo', data: value }),
    'callFunction, the options': (value) => cloud.callFunction(value),
    'callFunction, the answer': (value) => {
      testing.functions.register('hostile', () => value)
      return cloud.callFunction({ name: 'hostile' })
    },
    'uploadFile': (value) => cloud.uploadFile({ cloudPath: 'a', fileContent: value }),
    'uploadFile, the options': (value) => cloud.uploadFile(value),
    'downloadFile': (value) => cloud.downloadFile(value),
    'getTempFileURL': (value) => cloud.getTempFileURL({ fileList: [value] }),
    'deleteFile': (value) => cloud.deleteFile(value),
    'openapi': (value) => cloud.openapi.security.msgSecCheck(value),
    'openapi options': (value) => cloud.openapi(value).security.msgSecCheck({}),
    'callOpenAPI': (value) => cloud.callOpenAPI(value),
    'getOpenData': (value) => cloud.getOpenData(value),
    'cloudPay': (value) => cloud.cloudPay.unifiedOrder(value),
    'init': (value) => cloud.createNewInstance(value),
    'updateConfig': (value) => new cloud.Cloud(value),
    'logger': (value) => {
      const { log } = console
      console.log = () => {}
      try {
        cloud.logger().log(value)
      } finally {
        console.log = log
      }
    },
    'testing.seed': (value) => testing.createTest().seed(value),
    'testing.seed, a document': (value) => testing.createTest().seed({ a: [value] }),
    'testing.as': (value) => testing.as(value, () => 1),
    'testing.invoke': (value) => testing.invoke('echo', value, value),
    'testing.createTest': (value) => testing.createTest(value),
    'testing.faults': (value) => { testing.faults.inject(value); testing.faults.clear() },
    'testing.openData': (value) => testing.openData.set('id', value),
    'testing.restore': (value) => testing.restore(value),
    'testing.indexes': (value) => testing.indexes('things', [value]),
    'testing.import': (value) => testing.import('things', '{}\n', value),
    'testing.clock': (value) => testing.clock.advance(value),
    'testing.functions.register': (value) => testing.functions.register(value, value),
  }
  for (const [what, make] of Object.entries(hostile)) {
    test(what, async () => {
      testing.functions.register('echo', () => 1)
      for (const [name, call] of Object.entries(calls)) {
        const error = await rejection(() => call(make()))
        if (error !== undefined) {
          assert.ok(error instanceof Error, `${name}: ${error}`)
          assert.doesNotMatch(String(error.message), /internal error/, name)
        }
        if (error !== undefined && name.startsWith('add')) {
          assert.equal((await things.count()).total, 0, `${name} stored something`)
        }
        await testing.reset()
      }
      await things.add({ data: { _id: 'alive' } })
      assert.deepStrictEqual((await things.get()).data, [{ _id: 'alive' }])
    })
  }

  test('a write of many that fails stores none of them', async () => {
    await things.add({ data: { _id: 'taken' } })
    const error = await rejection(() => things.add({ data: [{ _id: 'a' }, { _id: 'taken' }, { _id: 'b' }] }))
    assert.equal(error.errCode, -502001)
    assert.deepStrictEqual((await things.get()).data, [{ _id: 'taken' }])
  })

  test('arguments are read when the call is made', async () => {
    const data = { _id: 'a', list: [1] }
    const added = things.add({ data })
    data.list.push(2)
    data.more = true
    await added
    assert.deepStrictEqual((await things.doc('a').get()).data, { _id: 'a', list: [1] })
  })
})

describe('the process', () => {
  const entry = JSON.stringify(path.join(__dirname, '../entry/sdk.js'))
  const run = (program) => execFileSync(process.execPath, ['-e', `
    process.env.WX_LOCAL_DATA_DIR = ':memory:'
    const cloud = require(${entry})
    cloud.init({ env: 'local' })
    const db = cloud.database()
    ${program}`], { encoding: 'utf8', timeout: 20_000 })

  test('ends by itself: after the last promise nothing keeps it', () => {
    assert.deepEqual(JSON.parse(run(`
      ;(async () => {
        await db.createCollection('a')
        for (let n = 0; n < 500; n++) await db.collection('a').add({ data: { n } })
        await db.collection('a').aggregate().group({ _id: null, n: db.command.aggregate.sum('$n') }).end()
        const { fileID } = await cloud.uploadFile({ cloudPath: 'a', fileContent: Buffer.from('x') })
        await cloud.downloadFile({ fileID })
        await new Promise(setImmediate)
        console.log(JSON.stringify(process.getActiveResourcesInfo().filter((name) => !/Immediate|^(TTY|Pipe)Wrap$/.test(name))))
      })()`)), [])
  })

  test('a loop over settled promises lets timers fire', () => {
    assert.match(run(`
      let fired = false
      setTimeout(() => { fired = true }, 5)
      ;(async () => {
        await db.createCollection('a')
        for (let n = 0; n < 1e6 && !fired; n++) await db.collection('a').count()
        console.log(fired ? 'fired' : 'starved')
      })()`), /^fired/)
  })

  test('results can be read after a program had another Function for some time', () => {
    assert.equal(run(`
      const { Function } = globalThis
      const read = async () => (await db.collection('a').get()).data.length
      ;(async () => {
        await db.createCollection('a')
        for (let n = 0; n < 60; n++) await db.collection('a').add({ data: { n, text: 'x', list: [n] } })
        globalThis.Function = () => 6
        await read().catch(() => {})
        globalThis.Function = Function
        console.log(await read(), await read())
      })()`), '60 60\n')
  })

  test('loading it leaves nothing behind: no files, no handles', () => {
    const { stdout } = spawnSync(process.execPath, ['-e', `
      require(${entry})
      console.log(process.getActiveResourcesInfo().filter((name) => !/WRAP|Pipe|TTY/.test(name)).length)`], { encoding: 'utf8', cwd: require('node:os').tmpdir() })
    assert.equal(stdout.trim(), '0')
    assert.ok(!require('node:fs').existsSync(path.join(require('node:os').tmpdir(), '.wx-server-sdk-local')))
  })

  test('a panic is an error of the call, on any thread, and the process lives', async () => {
    for (const delay of [0, 5]) {
      testing.faults.inject({ api: 'collection.get', times: 1, error: 'panic', delay })
      const error = await rejection(() => things.get())
      assert.ok(error instanceof Error)
      assert.match(error.message, /internal error: a panic that a test asked for/)
      assert.deepStrictEqual((await things.get()).data, [])
    }
  })
})

// Once an index was put on `Array.prototype`, the language visits each element that a sparse array
// claims: minutes of it, in which nothing else runs. A process of its own can be ended.
test('a sparse list of four billion is refused wherever the language would visit all of it', () => {
  const program = `
    process.env.WX_LOCAL_DATA_DIR = ':memory:'
    const cloud = require('./entry/sdk.js'), testing = require('./entry/testing.js')
    cloud.init({ env: 'local' })
    const db = cloud.database(), _ = db.command, point = () => db.Geo.Point(1, 1), things = db.collection('things')
    Object.defineProperty(Array.prototype, 7, { value: undefined, configurable: true })
    delete Array.prototype[7]
    const list = [], nested = [[list]], similar = Object.create(Array.prototype, { length: { value: list.length = 2 ** 32 - 1 } })
    const calls = {
      'a stage': (value) => things.aggregate().pushStage(value, {}),
      'a stage of a pipeline': (value) => _.aggregate.pipeline()._pipe(value, {}),
      'an operator': (value) => new (_.aggregate.abs(1).constructor)(value, 1),
      'a projection': (value) => new (_.project.slice(1).constructor)(value, 1),
      'a field of a geometry': (value) => point().parse(value),
      'a readable geometry': (value) => Object.assign(point(), { longitude: value }).toReadableString(),
      'a level of the log': (value) => cloud.logger().baseLog({ a: 1 }, value),
      'a directory': (value) => testing.functions.use(value),
      'what a getter threw': (value) => things.add({ get data() { throw { errCode: 1, errMsg: value } } }),
    }
    const lists = {
      'a list of expressions': () => _.eq(1).and(list),
      'the operands of a command': () => _.or(list)._setFieldName('a'),
      'the points of a line': () => Object.assign(db.Geo.LineString([point(), point()]), { points: list }).toJSON(),
    }
    const all = Object.entries(calls).flatMap(([name, call]) => [list, nested, similar].map((value) => [name, () => call(value)]))
    ;(async () => {
      for (const [name, work] of [...all, ...Object.entries(lists)]) {
        try { console.log(name, await work()) } catch (error) { if (!/has more than 2000000 values|must be a string/.test(error.message)) console.log(name, error) }
      }
      const circle = [1, [2, []]]
      circle.push(circle)
      console.log(point().parse(circle))
    })()`
  const { stdout, stderr, error } = spawnSync(process.execPath, ['-e', program], { cwd: path.join(__dirname, '..'), encoding: 'utf8', timeout: 30_000 })
  assert.equal(error, undefined)
  assert.equal(stdout, "{ '1,2,,': { type: 'Point', coordinates: [ 1, 1 ] } }\n", stderr)
})

test('a stack that ends while a result is made fails that call alone', () => {
  for (const call of ["c.add({ data: {} })", 'c.get()', "c.doc('a').get()", 'c.count()', 'c.where({ a: 1 }).update({ data: { a: 1 } })', 'c.where({ a: 1 }).remove()', 'c.aggregate().match({}).end()']) {
    const program = `
      const cloud = require('./entry/sdk.js')
      cloud.init()
      const db = cloud.database(), c = db.collection('t')
      process.on('unhandledRejection', () => {})
      const tree = (n) => { try { tree(n + 1) } catch { ${call}.catch(() => {}) } }
      ;(async () => {
        await db.createCollection('t')
        await c.doc('a').set({ data: { a: 1 } })
        try { tree(0) } catch {}
        for (let n = 0; n < 3; n++) { await ${call}; await c.doc('a').set({ data: { a: 1 } }) }
        console.log('answered')
      })()`
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { cwd: path.join(__dirname, '..'), encoding: 'utf8', timeout: 30_000 })
    assert.equal(stdout, 'answered\n', `${call}: ${stderr.slice(-600)}`)
  }
})

test('a long text in the place of an event is refused at once', () => {
  const program = "require('./entry/testing.js').invoke('f', 'x'.repeat(3e7)).catch((error) => console.log(error.message))"
  const { stdout } = spawnSync(process.execPath, ['-e', program], { cwd: path.join(__dirname, '..'), encoding: 'utf8', timeout: 10_000 })
  assert.match(stdout, /must be an object, not string/)
})
