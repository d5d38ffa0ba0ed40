'use strict'
// Many calls at once: however many wait, threads are few; and without any to be had calls are answered all the same.
const assert = require('node:assert/strict')
const { execFile, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, test } = require('node:test')

const ENTRY = path.join(__dirname, '..', 'entry')
const skip = process.platform === 'linux' ? false : 'threads are counted in /proc'
const hasLimits = spawnSync('prlimit', ['--version']).status === 0
const PRELUDE = `const fs = require('node:fs')
const cloud = require(${JSON.stringify(path.join(ENTRY, 'sdk.js'))}), testing = require(${JSON.stringify(path.join(ENTRY, 'testing.js'))})
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const todos = cloud.database().collection('todos')
const threads = () => Number(/Threads:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1])
const upload = (n) => cloud.uploadFile({ cloudPath: 'files/' + n, fileContent: Buffer.from('content ' + n) })
const say = (told) => process.stdout.write(JSON.stringify(told))
`

/** What a program says, in a process of its own: the threads are counted that it has. */
function told(context, source, dataDir = ':memory:') {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wx-load-')))
  context.after(() => fs.rmSync(directory, { recursive: true, force: true }))
  // Whoever the program becomes may write there.
  fs.chmodSync(directory, 0o777)
  const env = { ...process.env, TMPDIR: directory, WX_LOCAL_DATA_DIR: dataDir && path.join(directory, dataDir) }
  if (dataDir === ':memory:') env.WX_LOCAL_DATA_DIR = dataDir
  const program = `${PRELUDE}const main = async () => { ${source} }\nmain()`
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', program], { cwd: directory, env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`)); else resolve(JSON.parse(stdout))
    })
  })
}

describe('many calls at once', { skip }, () => {
  for (const [where, count] of [[':memory:', 10_000], ['data', 1000]]) {
    test(`${count} uploads, ${where}`, async (context) => {
      const { before, most, stored } = await told(context, `
        await upload('first')
        const before = threads()
        let most = 0
        const uploads = Array.from({ length: ${count} }, (_, n) => {
          if (n % 100 === 0) most = Math.max(most, threads())
          return upload(n).then((done) => { if (n % 100 === 0) most = Math.max(most, threads()); return done })
        })
        const stored = (await Promise.all(uploads)).filter(({ fileID }) => /files\\/\\d+$/.test(fileID)).length
        say({ before, most, stored })`, where)
      assert.equal(stored, count)
      assert.ok(most <= before + 40, `${before} threads, then ${most}`)
    })
  }

  test('1000 calls that a test delays wait side by side, without a thread each', async (context) => {
    const { before, most, first } = await told(context, `
      await upload('first')
      testing.seed({ todos: [] })
      testing.faults.inject({ api: 'collection.get', delay: 60_000 })
      testing.faults.inject({ api: 'collection.count', delay: 1 })
      const before = threads()
      const long = Array.from({ length: 1000 }, () => todos.get().then(() => 'long'))
      const first = await Promise.race([...long, todos.count().then(() => 'short')])
      say({ before, most: threads(), first })
      process.exit()`)
    assert.equal(first, 'short')
    assert.ok(most <= before + 40, `${before} threads, then ${most}`)
  })
})

test('where the system refuses every thread, calls are answered', { skip: skip || (!hasLimits && 'there is no prlimit(1)') }, async (context) => {
  const answers = await told(context, `
    testing.seed({ todos: [{}] })
    const { execFileSync } = require('node:child_process')
    // No limit holds for root.
    if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534) }
    execFileSync('prlimit', ['--pid', process.pid, '--nproc=1:1'])
    let isRefused
    try { execFileSync('true') } catch ({ code }) { isRefused = code === 'EAGAIN' }
    const before = threads()
    const uploaded = await Promise.all(Array.from({ length: 100 }, (_, n) => upload(n)))
    const { fileContent } = await cloud.downloadFile({ fileID: uploaded[7].fileID })
    const { fileList } = await cloud.deleteFile({ fileList: [uploaded[7].fileID] })
    testing.faults.inject({ api: 'collection.count', times: 2, delay: 5 })
    const counts = await Promise.all([todos.count(), todos.count()]).catch(({ errCode }) => errCode)
    say({ isRefused, more: threads() - before, content: String(fileContent), status: fileList[0].status, counts })`)
  assert.deepEqual(answers, { isRefused: true, more: 0, content: 'content 7', status: 0, counts: [1, 1].map((total) => ({ total, errMsg: 'collection.count:ok' })) })
})
