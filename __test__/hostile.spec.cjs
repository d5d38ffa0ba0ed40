'use strict'
// Functions and files that do what they should not: a clear error each time, and the process lives.
process.env.WX_LOCAL_DATA_DIR = ':memory:'
const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { Readable } = require('node:stream')
const { after, beforeEach, describe, test } = require('node:test')
require('../entry/register.js')
const cloud = require('../entry/sdk.js')
const { clock, functions, invocations, invoke, reset } = require('../entry/testing.js')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
console.warn = () => {}
const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wx-hostile-')))
after(() => fs.rmSync(directory, { recursive: true }))
beforeEach(() => reset())

const rejected = (promise) => promise.then((value) => assert.fail(`resolved with ${JSON.stringify(value)}`), (error) => error)

/** The error that a caller in the cloud gets, with the text given. */
async function failsWith(promise, text) {
  const error = await rejected(promise)
  assert.ok(error instanceof Error)
  assert.equal(error.errCode, -1)
  assert.ok(error.errMsg.startsWith('callFunction:fail '), error.errMsg)
  const told = error.errMsg.slice('callFunction:fail '.length)
  if (text instanceof RegExp) assert.match(told, text)
  else assert.equal(told, text)
  assert.equal(typeof error.requestId, 'string')
  const { error: recorded } = invocations().at(-1)
  assert.ok(recorded === error.message, 'the run is recorded with its failure')
  return error
}

const trap = () => { throw new Error('trapped') }
const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, trap]))
const circle = {}
circle.circle = circle

describe('what a function throws', () => {
  const noStack = new Error('no stack')
  noStack.stack = undefined
  const coded = Object.assign(new Error('coded'), { errCode: 42, code: 'MINE' })
  for (const [name, thrown, text] of [
    ['a string', 'text', 'text'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 7, '7'],
    ['a bigint', 10n, '10'],
    ['a symbol', Symbol('x'), '[symbol]'],
    ['a function', function boom() {}, '[function]'],
    ['an object', { code: 1 }, '{"code":1}'],
    ['a circle', circle, '[object]'],
    ['an error', new TypeError('inner'), /^TypeError: inner\n {4}at /],
    ['an error with numbers of its own', coded, /^Error: coded\n/],
    ['a frozen error', Object.freeze(new Error('frozen')), /^Error: frozen\n/],
    ['an error without a stack', noStack, 'no stack'],
    ['an error of megabytes', new Error('x'.repeat(5e6)), /^Error: x{5000000}\n/],
    ['a proxy full of traps', new Proxy({}, traps), 'a value that cannot be read was thrown'],
    ['a proxy of an error', new Proxy(new Error('hidden'), traps), 'a value that cannot be read was thrown'],
    ['getters that throw', { get stack() { trap() }, get message() { trap() } }, 'a value that cannot be read was thrown'],
    ['a stack that throws beside a message', { get stack() { trap() }, message: 'told' }, 'told'],
  ]) {
    test(name, async () => {
      functions.register('throws', () => { throw thrown })
      const error = await failsWith(invoke('throws'), text)
      assert.ok(Object.is(error.cause, thrown), 'what was thrown is the cause')
      functions.register('rejects', () => Promise.reject(thrown))
      await failsWith(invoke('rejects'), text)
    })
  }
})

describe('what a function returns', () => {
  const deep = () => { let value = {}; for (let n = 0; n < 200_000; n++) value = { value }; return value }
  for (const [name, returns, text] of [
    ['a circle', () => circle, /^TypeError: Converting circular structure to JSON/],
    ['a bigint', () => ({ a: 1n }), /^TypeError: Do not know how to serialize a BigInt/],
    ['a getter that throws', () => ({ get a() { return trap() } }), /^Error: trapped/],
    ['a toJSON that throws', () => ({ toJSON: trap }), /^Error: trapped/],
    ['a then that throws', () => ({ get then() { return trap() } }), /^Error: trapped/],
    ['a proxy full of traps', () => new Proxy({}, traps), /^Error: trapped/],
    ['two hundred thousand levels', deep, /^RangeError: Maximum call stack size exceeded/],
    ['more than a string can hold', () => Array(3).fill('x'.repeat(2 ** 28)), /^RangeError: Invalid string length/],
  ]) {
    test(name, async () => {
      // The last one takes seconds to find out, which count as the function's.
      const folder = path.join(directory, 'returning', 'returns')
      fs.mkdirSync(folder, { recursive: true })
      fs.writeFileSync(path.join(folder, 'config.json'), '{"timeout":60}')
      fs.writeFileSync(path.join(folder, 'index.js'), 'exports.main = () => globalThis.returns()')
      functions.use(path.dirname(folder))
      globalThis.returns = returns
      await failsWith(invoke('returns'), text)
    })
  }

  for (const [name, value, expected] of [
    ['undefined', undefined, null], ['a function', () => 1, null], ['a symbol', Symbol('x'), null], ['NaN', NaN, null],
    ['an invalid date', new Date(NaN), null], ['a map', new Map([[1, 2]]), {}], ['an error', new Error('x'), {}],
    ['a Buffer', Buffer.from('ab'), { type: 'Buffer', data: [97, 98] }], ['JSON in a string', '{"a":1}', { a: 1 }],
    ['a number in a string', '123', 123], ['a text', 'plain', 'plain'], ['an own __proto__', JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":1}')],
  ]) {
    test(`${name}, as JSON makes it`, async () => {
      functions.register('returns', () => value)
      assert.deepEqual(await invoke('returns'), expected)
    })
  }

  test('one byte more than the service carries', async () => {
    const text = (bytes) => 'x'.repeat(bytes - 2)
    functions.register('returns', ({ bytes }) => text(bytes))
    assert.equal((await invoke('returns', { bytes: 1024 * 1024 })).length, 1024 * 1024 - 2)
    const error = await rejected(invoke('returns', { bytes: 1024 * 1024 + 1 }))
    assert.equal(error.errMsg, 'callFunction:fail cloudfunction result size exceed limit (1MB)')
  })

  test('through a callback, as its third parameter', async () => {
    functions.register('answers', (event, context, callback) => { setTimeout(() => callback(null, { sum: event.a + 1 }), 1) })
    assert.deepEqual(await invoke('answers', { a: 1 }), { sum: 2 })
    functions.register('fails', (event, context, callback) => { callback('no') })
    await failsWith(invoke('fails'), 'no')
    functions.register('both', async (event, context, callback) => { callback(null, 'first'); return 'second' })
    assert.equal(await invoke('both'), 'first')
  })
})

describe('what a function does', () => {
  test('never resolves: the service\'s timeout, by the clock of the test', async () => {
    for (const forever of [() => new Promise(() => {}), () => ({ then() {} }), (a, b, callback) => { void callback }]) {
      functions.register('hangs', forever)
      clock.set('2026-01-01')
      const running = rejected(invoke('hangs'))
      await clock.advance(2_999)
      assert.equal(await Promise.race([running, Promise.resolve('still')]), 'still')
      await clock.advance(1)
      assert.match((await running).errMsg, /^callFunction:fail Invoking task timed out after 3 seconds .*FUNCTIONS_TIME_LIMIT_EXCEEDED$/)
    }
  })

  test('an answer after the time is over is nobody\'s', async () => {
    let late
    functions.register('late', () => new Promise((resolve) => { late = resolve }))
    clock.set('2026-01-01')
    const running = rejected(invoke('late'))
    await clock.advance({ seconds: 3 })
    const error = await running
    late({ fine: true })
    await new Promise(setImmediate)
    assert.equal(invocations().length, 1)
    assert.equal(invocations()[0].error, error.message)
  })

  test('calls itself: the chain ends', async () => {
    let depth = 0
    functions.register('self', () => { depth++; return cloud.callFunction({ name: 'self' }) })
    await failsWith(invoke('self'), /number 33 in a chain of functions calling functions, the most is 32/)
    assert.equal(depth, 32)
  })

  test('recurses without end', async () => {
    functions.register('deep', () => { const again = () => again() + 1; return again() })
    await failsWith(invoke('deep'), /^RangeError: Maximum call stack size exceeded/)
  })

  test('calls process.exit, at once and later', async () => {
    functions.register('exits', () => { process.exit(3); return 'went on' })
    await failsWith(invoke('exits'), '3 code exit unexpected')
    functions.register('exits', async () => { await null; process.exit() })
    await failsWith(invoke('exits'), '0 code exit unexpected')
    // One that catches it has ended all the same.
    functions.register('exits', () => { try { process.exit(1) } catch { return 'went on' } })
    await failsWith(invoke('exits'), '1 code exit unexpected')
  })

  test('its own failures leave the next run alone', async () => {
    functions.register('fine', () => 'fine')
    functions.register('throws', () => { throw new Proxy({}, traps) })
    await Promise.allSettled(Array.from({ length: 100 }, () => invoke('throws')))
    assert.equal(await invoke('fine'), 'fine')
  })
})

describe('what a function is', () => {
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true })
    fs.writeFileSync(path.join(directory, name), text)
  }
  for (const [name, files, text] of [
    ['missing-module', { 'index.js': "require('no-such-package')" }, /^Error: Cannot find module 'no-such-package'\nRequire stack:\n- .*missing-module.index\.js/],
    ['syntax', { 'index.js': 'exports.main = (' }, /index\.js:1\nexports\.main = \([^]*SyntaxError: /],
    ['top-level', { 'index.js': "throw new Error('top')" }, /^Error: top\n/],
    ['no-main', { 'index.js': '' }, /no-main does not export 'main'/],
    ['main-is-text', { 'index.js': "exports.main = 'x'" }, /main-is-text does not export 'main'/],
    ['null-exports', { 'index.js': 'module.exports = null' }, /null-exports does not export 'main'/],
    ['main-throws', { 'index.js': "Object.defineProperty(exports, 'main', { get() { throw new Error('got') } })" }, /^Error: got\n/],
    ['esm-syntax', { 'index.mjs': 'export const =' }, /^SyntaxError: /],
    ['esm-top-level', { 'index.mjs': 'throw 5' }, '5'],
    ['esm-missing', { 'index.mjs': "import 'no-such-package'" }, /Cannot find package 'no-such-package'/],
  ]) {
    test(name, async () => {
      for (const [file, source] of Object.entries(files)) write(`${name}/${file}`, source)
      functions.use(directory)
      await failsWith(invoke(name), text)
      // It stays so: nothing of a failed load is kept.
      await failsWith(invoke(name), text)
    })
  }

  for (const [name, text] of [['nowhere', 'FunctionName parameter could not be found.'], ['../syntax', 'FunctionName parameter could not be found.'], ['a\0b', 'FunctionName parameter could not be found.']]) {
    test(`no function ${JSON.stringify(name)}`, async () => {
      functions.use(directory)
      const error = await rejected(invoke(name))
      assert.ok(error.errMsg.startsWith(`callFunction:fail ${text}`), error.errMsg)
    })
  }

  test('configuration that cannot be read, and a directory without an entry', async () => {
    functions.use(directory)
    write('bad-config/index.js', 'exports.main = () => 1')
    write('bad-config/config.json', '{')
    assert.match((await rejected(invoke('bad-config'))).errMsg, /config\.json: is not valid JSON/)
    write('bad-config/config.json', '{"timeout": 0}')
    assert.match((await rejected(invoke('bad-config'))).errMsg, /timeout 0 is not a whole number of seconds/)
    write('empty/readme.md', '')
    assert.match((await rejected(invoke('empty'))).errMsg, /Cannot find module '.*empty.index\.js'/)
  })

  test('modules of both kinds, and their own variables', async () => {
    functions.use(directory)
    write('esm/index.mjs', 'const x = await Promise.resolve(4); export const main = async ({ a }) => a + x')
    write('typed/package.json', '{"type": "module"}')
    write('typed/index.js', "import fs from 'node:fs'; export default { main: () => typeof fs.readFileSync }")
    assert.equal(await invoke('esm', { a: 1 }), 5)
    assert.equal(await invoke('typed'), 'function')
    process.env.HOSTILE_SHELL = 'shell'
    write('env/index.js', 'const atLoad = process.env.HOSTILE_OWN; exports.main = (e, context) => [atLoad, process.env.HOSTILE_SHELL, process.env.WX_OPENID, JSON.parse(context.environment).HOSTILE_OWN]')
    write('env/config.json', '{"envVariables": {"HOSTILE_OWN": "own", "HOSTILE_SHELL": "own", "WX_OPENID": "forged"}}')
    assert.deepEqual(await invoke('env'), ['own', 'shell', null, 'own'])
  })
})

describe('files', () => {
  const upload = (cloudPath, fileContent) => cloud.uploadFile({ cloudPath, fileContent })
  const content = async (fileID) => (await cloud.downloadFile({ fileID })).fileContent.toString()

  test('names are keys and never places', async () => {
    const names = [
      '..a', 'a..', '...', 'a/...b/c', 'CON', 'nul.txt', 'COM1', 'aux/b', 'a:b', 'a\\b', 'C:\\x', '\\\\server\\share',
      'x'.repeat(850), '😀/é', 'e\u0301', 'é', 'a ', 'a.', 'trailing/', 'a/ /b', 'a?b#c%41', '%2e%2e/%2f', '-rf', '\u202e', 'a\nb', '\x7f', '~', '$HOME',
      '__proto__', 'constructor',
    ]
    const stored = []
    for (const name of names) stored.push((await upload(name, Buffer.from(`content of ${name}`))).fileID)
    assert.equal(new Set(stored).size, names.length)
    for (const [at, fileID] of stored.entries()) assert.equal(await content(fileID), `content of ${names[at]}`)
    const { fileList } = await cloud.getTempFileURL({ fileList: stored })
    for (const { status, tempFileURL } of fileList) assert.ok(status === 0 && new URL(tempFileURL))
    const deleted = await cloud.deleteFile({ fileList: stored })
    assert.deepEqual(new Set(deleted.fileList.map(({ status }) => status)), new Set([0]))
    for (const fileID of stored) assert.match((await rejected(cloud.downloadFile({ fileID }))).errMsg, /storage file not exists/)
  })

  test('names that the service refuses', async () => {
    for (const [name, text] of [
      ['', 'cloudPath'], ['/abs', "must not start with '/'"], ['a//b', "must not contain '//'"], ['a\0b', 'control character 0'],
      ['../../etc/passwd', "'.' or '..' between slashes"], ['..', "'.' or '..'"], ['.', "'.' or '..'"], ['a/../../b', "'.' or '..'"], ['a/.', "'.' or '..'"],
      ['\x1b', 'control character 27'], ['x'.repeat(851), '851 bytes'], ['中'.repeat(95), '855 bytes'], ['x'.repeat(1e6), '1000000 bytes'],
    ]) {
      const error = await rejected(upload(name, Buffer.from('x')))
      assert.ok(error.errMsg.includes(text), `${JSON.stringify(name).slice(0, 30)}: ${error.errMsg.slice(0, 200)}`)
      assert.equal(error.errCode, -1)
    }
    for (const name of [7, null, undefined, {}, []]) assert.equal((await rejected(upload(name, Buffer.from('x')))).errCode, -1)
  })

  test('content that is none', async () => {
    for (const wrong of [undefined, null, 7, {}, 'text', new Uint8Array(3), new ArrayBuffer(3), Readable.from(['x']), new Proxy({}, traps)]) {
      const error = await rejected(upload('wrong', wrong))
      assert.ok(error instanceof Error)
    }
    assert.equal((await upload('empty', Buffer.alloc(0))).errMsg, 'uploadFile:ok')
  })

  describe('streams that end badly', () => {
    const file = path.join(directory, 'big')
    fs.writeFileSync(file, Buffer.alloc(1e6, 'x'))
    const midway = (end) => {
      const stream = fs.createReadStream(file)
      let chunks = 0
      stream.on('data', () => { if (++chunks === 3) end(stream) })
      return stream
    }
    for (const [name, make, text] of [
      ['of a file that is not there', () => fs.createReadStream(path.join(directory, 'none')), 'ENOENT'],
      ['of a directory', () => fs.createReadStream(directory), 'EISDIR'],
      ['with an error midway', () => midway((stream) => stream.destroy(new Error('disk on fire'))), 'disk on fire'],
      ['destroyed midway', () => midway((stream) => stream.destroy()), 'Premature close'],
      ['destroyed before', () => fs.createReadStream(file).destroy(), 'Premature close'],
      ['read before', async () => { const stream = fs.createReadStream(file).resume(); await once(stream, 'end'); return stream }, 'read to its end before'],
      ['closed before', async () => { const stream = fs.createReadStream(file).resume(); await once(stream, 'close'); return stream }, 'read to its end before'],
    ]) {
      test(name, async () => {
        const { fileID } = await upload('kept', Buffer.from('as before'))
        const error = await rejected(upload('kept', await make()))
        assert.equal(error.errCode, -1)
        assert.ok(error.errMsg.startsWith('uploadFile:fail ') && error.errMsg.includes(text), error.errMsg)
        assert.equal(await content(fileID), 'as before')
        const other = await rejected(upload('never', await make()))
        assert.ok(other.errMsg.includes(text))
        const { fileList } = await cloud.getTempFileURL({ fileList: [fileID.replace('kept', 'never')] })
        assert.equal(fileList[0].status, -503003)
      })
    }

    test('whole ones are whole, slices and texts too', async () => {
      const size = async (options) => (await content((await upload('s', fs.createReadStream(file, options))).fileID)).length
      assert.deepEqual([await size(), await size({ start: 10, end: 19 }), await size({ encoding: 'hex' }), await size({ autoClose: false })], [1e6, 10, 2e6, 1e6])
    })
  })
})

describe('much', () => {
  const { execFileSync } = require('node:child_process')
  test('an upload of 128 MB grows memory by less than 32 MB', { skip: process.platform !== 'linux' }, () => {
    const file = path.join(directory, 'much')
    fs.closeSync(fs.openSync(file, 'w'))
    fs.truncateSync(file, 128 * 1024 * 1024)
    for (const data of [':memory:', path.join(directory, 'data')]) {
      const figures = JSON.parse(execFileSync(process.execPath, [path.join(__dirname, '../benches/upload.cjs'), '--upload', file], {
        encoding: 'utf8', env: { ...process.env, WX_LOCAL_DATA_DIR: data },
      }))
      assert.ok(figures.peak - figures.before < 32, JSON.stringify(figures))
    }
  })

  test('a process killed midway leaves nothing, and what was there stays', { skip: process.platform === 'win32' }, () => {
    const { spawnSync } = require('node:child_process')
    const file = path.join(directory, 'killed')
    fs.writeFileSync(file, 'x'.repeat(1e6))
    const data = path.join(directory, 'killed-data')
    const sdk = JSON.stringify(path.join(__dirname, '../entry/sdk.js'))
    const run = (program) => spawnSync(process.execPath, ['-e', `const fs = require('node:fs'); const cloud = require(${sdk}); cloud.init()
      const upload = (cloudPath, fileContent) => cloud.uploadFile({ cloudPath, fileContent })
      ;(async () => { ${program} })()`], { encoding: 'utf8', env: { ...process.env, WX_LOCAL_DATA_DIR: data } })
    const killed = run(`await upload('old', Buffer.from('as before'))
      let pieces = 0
      const open = () => fs.createReadStream(${JSON.stringify(file)})
        .on('data', () => { if (++pieces === 6) setImmediate(() => process.kill(process.pid, 'SIGKILL')) })
      await Promise.all([upload('new', open()), upload('old', open())])`)
    assert.equal(killed.signal, 'SIGKILL', killed.stderr)
    const { stdout, stderr } = run(`const { fileID } = await upload('other', Buffer.from('x'))
      const { fileContent } = await cloud.downloadFile({ fileID: fileID.replace('other', 'old') })
      const { fileList } = await cloud.getTempFileURL({ fileList: [fileID.replace('other', 'new')] })
      console.log(JSON.stringify([fileContent.toString(), fileList[0].status]))`)
    assert.equal(stdout, '["as before",-503003]\n', stderr)
    assert.deepEqual(fs.readdirSync(path.join(data, 'files/tmp')), [])
  })

  test('a piece that somebody else reads too stays whole', async () => {
    const file = path.join(directory, 'shared')
    fs.writeFileSync(file, 'x'.repeat(300_000))
    const stream = fs.createReadStream(file)
    let seen = ''
    stream.on('data', (chunk) => setImmediate(() => { seen += chunk.toString() }))
    const { fileID } = await cloud.uploadFile({ cloudPath: 'shared', fileContent: stream })
    await new Promise(setImmediate)
    assert.equal(seen, 'x'.repeat(300_000))
    assert.equal((await cloud.downloadFile({ fileID })).fileContent.toString(), seen)
  })
})

test('an error quotes the beginning and the end of what is long', async () => {
  const db = cloud.database()
  const _ = db.command
  await db.createCollection('c')
  const c = db.collection('c')
  const long = 'n'.repeat(3_000_000)
  const calls = {
    'a collection': () => db.collection(long).get(),
    'a new collection': () => db.createCollection(`$${long}`),
    'a field': () => c.where({ [`$${long}`]: 1 }).get(),
    'an operator': () => c.aggregate().project({ a: { [`$${long}`]: 1 } }).end(),
    'a stage': () => c.aggregate().group({ _id: null, n: { [`$${long}`]: 1 } }).end(),
    'a pattern': () => c.where({ a: db.RegExp({ regexp: `(${long}` }) }).get(),
    'a date': () => c.aggregate().project({ d: { $dateFromString: { dateString: long } } }).end(),
    'an _id': async () => { await c.add({ data: { _id: long } }); return c.add({ data: { _id: long } }) },
    'an update': () => c.where({ _id: _.exists(true) }).update({ data: { [`a.${'b.'.repeat(200_000)}c`]: 1 } }),
    'a function': () => cloud.callFunction({ name: long }),
    'a file id': () => cloud.downloadFile({ fileID: long }),
    'a path': () => cloud.uploadFile({ cloudPath: `/${long}`, fileContent: Buffer.from('x') }),
  }
  for (const [what, call] of Object.entries(calls)) {
    const { message, errMsg = message } = await Promise.resolve().then(call).then((value) => assert.fail(`${what}: ${JSON.stringify(value).slice(0, 200)}`), (error) => error)
    assert.ok(errMsg.length < 1500, `${what}: ${errMsg.length} letters: ${errMsg.slice(0, 300)}`)
  }
})
