'use strict'
// A process that holds the data and is only stopped (Ctrl-Z, a debugger): the others are told for whom they wait, give
// up after a stated time, and are told what is not known; nothing is done twice.
const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, test } = require('node:test')

const ROOT = path.join(__dirname, '..')
const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wx-local-stopped-')))
const env = { ...process.env, WX_LOCAL_DATA_DIR: path.join(directory, 'data') }
for (const name of Object.keys(env)) if (/^(WX_LOCAL_(?!DATA_DIR)|NODE_TEST_CONTEXT)/.test(name)) delete env[name]
const children = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  fs.rmSync(directory, { recursive: true, force: true })
})

const HEAD = `const cloud = require(${JSON.stringify(ROOT)}); cloud.init(); const db = cloud.database(); const c = db.collection('c');`

/** A program that answers each line it is given; `say` waits for its answer. */
function program(text) {
  const child = spawn(process.execPath, ['-e', `${HEAD}
    const ask = ${text};
    require('readline').createInterface({ input: process.stdin }).on('line', async (line) => console.log(JSON.stringify(await ask(line))));`],
  { cwd: directory, env })
  children.push(child)
  let [out, err] = ['', '']
  const waiting = []
  child.stderr.on('data', (piece) => { err += piece })
  child.stdout.on('data', (piece) => {
    out += piece
    for (let end = out.indexOf('\n'); end >= 0; end = out.indexOf('\n')) {
      waiting.shift()(JSON.parse(out.slice(0, end)))
      out = out.slice(end + 1)
    }
  })
  return {
    child,
    say: (line) => new Promise((resolve) => { waiting.push(resolve); child.stdin.write(`${line}\n`) }),
    told: () => err,
  }
}

const ASK = `async (line) => {
  if (line === 'make') { await db.createCollection('c'); return process.pid }
  if (line === 'count') return (await c.count()).total
  if (line.startsWith('add')) return c.add({ data: { _id: line } }).then(() => 'stored', ({ errCode, errMsg }) => ({ errCode, errMsg }))
  // Everything at once, with a timer that must go on.
  let ticks = 0
  const timer = setInterval(() => ticks++, 20)
  const told = (promise) => promise.then(() => 'done', (error) => String(error.errMsg ?? error.message))
  const [write, read] = await Promise.all([told(c.add({ data: { _id: 'unknown' } })), told(c.get())])
  clearInterval(timer)
  const transaction = await told(db.startTransaction())
  return { write, read, transaction, ticks }
}`

test('whoever waits for a stopped process is told, gives up, and is served when it goes on', { skip: process.platform === 'win32' }, async () => {
  const holder = program(ASK)
  const process1 = await holder.say('make')
  const follower = program(ASK)
  assert.equal(await follower.say('add 1'), 'stored')
  holder.child.kill('SIGSTOP')
  const { write, read, transaction, ticks } = await follower.say('all')
  const who = `does not answer: process ${process1} `
  assert.match(write, new RegExp(`${who}.*whether this was stored is not known`))
  assert.match(read, new RegExp(`${who}.*nothing was read`))
  assert.match(transaction, new RegExp(`does not serve it .*process ${process1} `))
  assert.ok(ticks > 100, `${ticks} ticks: the thread was held up`)
  const notice = new RegExp(`\\[wx-server-sdk-local\\] waiting for the data in '.*': process ${process1} `)
  assert.match(follower.told(), notice)
  if (process.platform === 'linux') {
    assert.match(write, /is stopped \(Ctrl-Z, a debugger\): continue it \(kill -CONT \d+/)
  }
  // A process that comes new.
  const late = spawnSync(process.execPath, ['-e', `${HEAD} c.count().catch(({ errMsg }) => console.log(errMsg))`],
    { cwd: directory, env, encoding: 'utf8' })
  assert.match(late.stdout, new RegExp(`held by a process that does not serve it .*process ${process1}`))
  assert.match(late.stderr, notice)

  holder.child.kill('SIGCONT')
  let outcome
  do outcome = await follower.say('add 2'); while (outcome !== 'stored')
  const count = await follower.say('count')
  assert.ok(count === 2 || count === 3, `${count} documents`)
  assert.equal(await holder.say('count'), count)
  holder.child.kill('SIGKILL')
  assert.equal(await follower.say('add 3'), 'stored')
  assert.equal(await follower.say('count'), count + 1)
})

test('a process that is stopped is waited for as long as it is stopped for a moment only', { skip: process.platform === 'win32' }, async () => {
  const follower = children.at(-1)
  follower.kill('SIGKILL')
  const holder = program(ASK)
  await holder.say('count')
  const other = program(ASK)
  const before = await other.say('count')
  holder.child.kill('SIGSTOP')
  const stored = other.say('add moment')
  holder.child.kill('SIGCONT')
  assert.equal(await stored, 'stored')
  assert.equal(await other.say('count'), before + 1)
})
