'use strict'
// The command line on a terminal: colours, progress, questions, interrupts. Needs script(1) of util-linux.
const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, test } = require('node:test')

const PROGRAM = path.join(__dirname, '..', 'entry', 'cli.js')
const hasTerminal = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '')

function project(context) {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wx-local-tty-')))
  context.after(() => fs.rmSync(directory, { recursive: true, force: true }))
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true })
    fs.writeFileSync(path.join(directory, name), text)
  }
  write('wx-local.config.json', '{"collections": ["todos"]}')
  write('cloudfunctions/hello/index.js', 'exports.main = () => { console.error("hm"); return 1 }')
  return { directory, write }
}

function environment(more) {
  const env = { ...process.env, TERM: 'xterm', ...more }
  for (const name of Object.keys(env)) if (/^(WX_LOCAL_|NODE_|CI$|NO_COLOR$|FORCE_COLOR$)/.test(name)) delete env[name]
  return { ...env, ...more }
}

/** Runs the program on a terminal; `answers` are typed when their question appears. */
function onTerminal({ directory }, args, { env = {}, answers = [], redirect = '' } = {}) {
  // Without a shell in between, which an interrupt would end.
  const quoted = 'exec ' + [process.execPath, PROGRAM, ...args].map((part) => `'${part}'`).join(' ')
  const child = spawn('script', ['-qefc', quoted + redirect, '/dev/null'], { cwd: directory, env: environment(env) })
  let output = ''
  const waiting = [...answers]
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
    if (waiting.length === 0 || !waiting[0].when.test(output)) return
    const { type, then } = waiting.shift()
    if (type !== undefined) child.stdin.write(type)
    then?.()
  })
  return new Promise((resolve) => { child.on('close', (code) => resolve({ code, output })) })
}

const PAINTED = /\u001b\[[0-9;]*m/

describe('on a terminal', { skip: hasTerminal ? false : 'there is no script(1) of util-linux' }, () => {
  test('mistakes and help are coloured, unless nobody wants colours', async (context) => {
    const where = project(context)
    for (const args of [['nothing'], ['--help'], ['run', '--help']]) {
      assert.match((await onTerminal(where, args)).output, PAINTED, args.join(' '))
      for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
        assert.doesNotMatch((await onTerminal(where, args, { env })).output, PAINTED, args.join(' '))
      }
    }
    // Help goes to stdout, which is no terminal here.
    await onTerminal(where, ['--help'], { redirect: ' > help.txt' })
    assert.doesNotMatch(fs.readFileSync(path.join(where.directory, 'help.txt'), 'utf8'), PAINTED)
  })

  test('reset asks, and does what it is told', async (context) => {
    const where = project(context)
    const question = /\[y\/N\] /
    where.write('todos.jsonl', '{"_id":"a"}\n')
    assert.equal((await onTerminal(where, ['seed', 'todos.jsonl'])).code, 0)
    const refused = await onTerminal(where, ['reset'], { answers: [{ when: question, type: 'n\r' }] })
    assert.deepEqual([refused.code, /nothing was dropped/.test(refused.output)], [1, true], refused.output)
    const closed = await onTerminal(where, ['reset'], { answers: [{ when: question, type: '\u0004' }] })
    assert.equal(closed.code, 1, closed.output)
    assert.match((await onTerminal(where, ['export', 'todos'])).output, /"_id":"a"/)
    const agreed = await onTerminal(where, ['reset'], { answers: [{ when: question, type: 'yes\r' }] })
    assert.equal(agreed.code, 0, agreed.output)
    assert.doesNotMatch((await onTerminal(where, ['export', 'todos'])).output, /_id/)
  })

  test('an interrupt from the keyboard reaches a command once, and its code is the answer', async (context) => {
    const where = project(context)
    where.write('child.js', `let count = 0
      process.on('SIGINT', () => { count++; setTimeout(() => { console.log('interrupts ' + count); process.exit(count + 6) }, 100) })
      console.log('ready'); setInterval(() => {}, 1000)`)
    const { code, output } = await onTerminal(where, ['exec', '--', process.execPath, 'child.js'], { answers: [{ when: /ready/, type: '\u0003' }] })
    assert.match(output, /interrupts 1/)
    assert.equal(code, 7)
  })

  test('an interrupt leaves neither progress nor an error behind', async (context) => {
    const where = project(context)
    where.write('cloudfunctions/spins/index.js', 'exports.main = () => { for (;;); }')
    where.write('cloudfunctions/spins/config.json', '{"timeout": 900}')
    const { code, output } = await onTerminal(where, ['run', 'spins'], { answers: [{ when: /\rspins {2}1 s/, type: '\u0003' }] })
    assert.equal(code, 130, output)
    assert.match(output, /\u001b\[K(\^C)?\r\u001b\[K$/)
    assert.doesNotMatch(output, /error/)
  })

  test('work in parts says at which it is', async (context) => {
    const where = project(context)
    // Another program holds the data, and a state of it: what looks at the whole waits for that to end.
    where.write('holder.js', `const cloud = require(${JSON.stringify(path.join(__dirname, '..', 'entry', 'sdk.js'))})
      const main = async () => {
        cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
        const open = await cloud.database().startTransaction()
        await open.collection('todos').add({ data: {} })
        console.log('open')
        process.stdin.once('data', () => open.rollback())
        process.stdin.once('end', () => process.exit())
      }
      main()`)
    for (const [task, shown] of [['check', /\rcheck {2}\d+ s {2}collection 1 of 1\u001b\[K/], ['compact', /\rcompact {2}\d+ s {2}step 1 of 2\u001b\[K/]]) {
      const env = environment({ WX_LOCAL_DATA_DIR: path.join(where.directory, '.wx-server-sdk-local') })
      const holder = spawn(process.execPath, [path.join(where.directory, 'holder.js')], { cwd: where.directory, env, stdio: ['pipe', 'pipe', 'inherit'] })
      await once(holder.stdout, 'data')
      const { code, output } = await onTerminal(where, [task], { answers: [{ when: shown, then: () => holder.stdin.write('now') }] })
      assert.equal(code, 0, output)
      assert.match(output, shown)
      const ended = new Promise((resolve) => { holder.on('exit', resolve) })
      holder.stdin.end()
      await ended
    }
  })

  test('work past a second shows how far it has come, and cleans up after itself', async (context) => {
    const where = project(context)
    // A pipe that ends later than a second: the work takes as long as the test says.
    spawnSync('mkfifo', [path.join(where.directory, 'todos.jsonl')])
    let running
    const pipe = fs.createWriteStream(path.join(where.directory, 'todos.jsonl'))
    await new Promise((resolve) => {
      running = onTerminal(where, ['import', 'todos', 'todos.jsonl'], { answers: [{ when: /import {2}\d+ s/, then: resolve }] })
      running.then(resolve)
      pipe.write('{"_id":"a"}\n')
    })
    pipe.end('{"_id":"b"}\n')
    const { code, output } = await running
    assert.equal(code, 0, output)
    assert.match(output, /\rimport {2}1 s\u001b\[K[^]*\r\u001b\[Kimported 2 documents into todos/)
  })
})
