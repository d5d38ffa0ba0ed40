'use strict'
// A damaged data directory, as a program and the command line meet it: what is read is what was stored, or an error
// names the damage; `check` finds it, and `check --repair` recovers the rest. Thousands more: tests/damage.rs.
const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, test } = require('node:test')

const ROOT = path.join(__dirname, '..')
const made = []
after(() => { for (const directory of made) fs.rmSync(directory, { recursive: true, force: true }) })

const surroundings = (data) => {
  const env = { ...process.env, WX_LOCAL_DATA_DIR: data }
  for (const name of Object.keys(env)) {
    if (/^(WX_LOCAL_|NODE_TEST_CONTEXT)/.test(name) && name !== 'WX_LOCAL_DATA_DIR') delete env[name]
  }
  return env
}

function place() {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wx-local-damage-')))
  made.push(directory)
  const data = path.join(directory, 'data')
  return { directory, data, at: (name) => path.join(data, name) }
}

const HEAD = `const cloud = require(${JSON.stringify(ROOT)}); cloud.init(); const db = cloud.database();`
const program = (text) => `${HEAD} (async () => { ${text} })()`
const run = ({ directory, data }, text) =>
  spawnSync(process.execPath, ['-e', program(text)], { cwd: directory, encoding: 'utf8', env: surroundings(data) })

const cli = ({ directory, data }, ...args) =>
  spawnSync(process.execPath, [path.join(ROOT, 'entry', 'cli.js'), ...args],
    { cwd: directory, encoding: 'utf8', env: surroundings(data), input: '' })

const ADD = `await db.createCollection('c');
  for (let i = 0; i < 400; i++) await db.collection('c').add({ data: { _id: 'd' + i, text: 'x'.repeat(i % 50) } });
  await cloud.uploadFile({ cloudPath: 'a/b.txt', fileContent: Buffer.from('content'.repeat(1000)) });`
const COUNT = "console.log('count', (await db.collection('c').count()).total);"

/** Ways in which a program ends, and whether the log is empty then. */
const ENDS = [
  ['return', '', true],
  ['process.exit', 'process.exit(0);', false],
  ['an uncaught error', "setTimeout(() => { throw new Error('why') });", false],
  ['an unhandled rejection', "Promise.reject(new Error('why'));", false],
  ['SIGINT with a handler', "process.on('SIGINT', () => process.exit(130)); process.kill(process.pid, 'SIGINT'); await new Promise((end) => setTimeout(end, 60000));", false],
  ['SIGTERM', "process.kill(process.pid, 'SIGTERM'); await new Promise((end) => setTimeout(end, 60000));", false],
  ['SIGINT', "process.kill(process.pid, 'SIGINT'); await new Promise((end) => setTimeout(end, 60000));", false],
  ['SIGKILL', "process.kill(process.pid, 'SIGKILL'); await new Promise((end) => setTimeout(end, 60000));", false],
]

test('one flipped bit in the log loses nothing, or is told, however the program ended', () => {
  for (const [what, end, isClosed] of ENDS) {
    const where = place()
    run(where, ADD + end)
    const log = fs.readFileSync(where.at('store.log'))
    assert.equal(log.subarray(0, 16).every((byte) => byte === 0), isClosed, what)
    log[3000] ^= 1
    fs.writeFileSync(where.at('store.log'), log)
    const { stdout, stderr } = run(where, COUNT)
    if (isClosed) {
      assert.match(stdout, /count 400/, `${what}: ${stderr}`)
      continue
    }
    assert.doesNotMatch(stdout, /count/, what)
    assert.match(stderr, /the store is damaged: the record at byte \d+ of store\.log .* `check --repair <new directory>`/, what)
    assert.deepEqual(fs.readFileSync(where.at('store.log')), log, `${what}: nothing is erased`)
    assert.equal(cli(where, 'check').status, 1, what)
    const repaired = cli(where, 'check', '--repair', 'new', '--json')
    assert.equal(repaired.status, 1, what)
    const { documents, whole, problems } = JSON.parse(repaired.stdout)
    assert.ok(!whole && documents > 0 && documents < 400, repaired.stdout)
    assert.match(problems.join(), /store\.log .*not recovered/)
    assert.deepEqual(fs.readFileSync(where.at('store.log')), log, `${what}: repairing changes nothing`)
    const renewed = { ...where, data: path.join(where.directory, 'new') }
    assert.match(run(renewed, COUNT).stdout, new RegExp(`count ${documents}\\b`))
  }
})

test('a damaged page is told, found by check, and what is beside it recovered', () => {
  const where = place()
  run(where, ADD)
  const tables = fs.readFileSync(where.at('store.redb'))
  const at = tables.indexOf('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')
  tables[at] ^= 4
  fs.writeFileSync(where.at('store.redb'), tables)
  const read = run(where, "console.log((await db.collection('c').limit(1000).get()).data.length)")
  assert.equal(read.stdout, '')
  assert.match(read.stderr, /store\.redb do not have the checksum|store is damaged/)
  assert.doesNotMatch(read.stderr, /panicked|stack backtrace/)
  const check = cli(where, 'check')
  assert.equal(check.status, 1)
  assert.match(check.stderr, /damaged/)
  const repaired = cli(where, 'check', '--repair', 'new')
  assert.equal(repaired.status, 1)
  assert.match(repaired.stderr, /bytes \d+ to \d+ of store\.redb are damaged\n.*local\.c: \d+ documents are lost, \d+ recovered; _id: 'd\d+'/)
  assert.match(repaired.stdout, /recovered into .*new: 1 collection, \d+ documents, 1 file: NOT all that there was/)
})

test('a sound directory is recovered whole, and nothing is recovered over something', () => {
  const where = place()
  run(where, ADD)
  const repaired = cli(where, 'check', '--repair', 'new')
  assert.equal(repaired.status, 0, repaired.stderr)
  assert.match(repaired.stdout, /1 collection, 400 documents, 1 file: all that there was/)
  const again = cli(where, 'check', '--repair', 'new')
  assert.equal(again.status, 1)
  assert.match(again.stderr, /not empty: name a new directory/)
})

test('a damaged file is told by whoever reads it and by check, and mended by an upload of its content', () => {
  const where = place()
  run(where, ADD)
  const files = fs.readdirSync(where.at('files'), { recursive: true })
  const body = path.join(where.at('files'), files.find((name) => path.basename(name).length === 64))
  const bytes = fs.readFileSync(body)
  bytes[10] ^= 1
  fs.writeFileSync(body, bytes)
  const DOWNLOAD = `const { fileList } = await cloud.getTempFileURL({ fileList: ['x'] });
    const { fileID } = await cloud.uploadFile({ cloudPath: 'other', fileContent: Buffer.from('y') });
    const id = fileID.replace('other', 'a/b.txt');
    await cloud.downloadFile({ fileID: id }).then(({ fileContent }) => console.log(fileContent.length), (error) => console.log(error.message));`
  assert.match(run(where, DOWNLOAD).stdout, /damaged: it does not have the SHA-256/)
  const check = cli(where, 'check')
  assert.equal(check.status, 1)
  assert.match(check.stderr, /file local\/a\/b\.txt: the content of a file is damaged/)
  run(where, "await cloud.uploadFile({ cloudPath: 'again', fileContent: Buffer.from('content'.repeat(1000)) });")
  assert.match(run(where, DOWNLOAD).stdout, /^7000\n/)
  assert.equal(cli(where, 'check').status, 0)
})

test('a directory that is removed while it is open takes no more writes', async () => {
  const where = place()
  const child = spawn(process.execPath, ['-e', program(`await db.createCollection('c'); process.stdout.write('ready');
    process.stdin.once('data', async () => {
      const outcomes = new Set();
      for (let i = 0; i < 50; i++) await db.collection('c').add({ data: { i } }).then(() => outcomes.add('stored'), (error) => outcomes.add(error.message));
      console.log([...outcomes]);
      process.exit();
    });`)], { cwd: where.directory, env: surroundings(where.data) })
  let printed = ''
  child.stdout.on('data', (text) => { printed += text })
  await once(child.stdout, 'data')
  fs.rmSync(where.data, { recursive: true })
  child.stdin.write('go')
  await once(child, 'close')
  assert.match(printed, /removed, moved or replaced while it was open/)
  assert.doesNotMatch(printed, /stored'/)
  assert.equal(fs.existsSync(where.at('store.redb')), false)
})
