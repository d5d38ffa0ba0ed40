'use strict'
// The command line, each command as a process of its own over a project in a temporary directory.
const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { after, test } = require('node:test')

const PROGRAM = path.join(__dirname, '..', 'entry', 'cli.js')
const made = []
after(() => { for (const directory of made) fs.rmSync(directory, { recursive: true, force: true }) })

const TODO = `const cloud = require('wx-server-sdk')
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
exports.main = async (event) => {
  const { OPENID } = cloud.getWXContext()
  console.log('todo', event.action)
  if (event.action === 'fail') throw new Error('no milk')
  if (event.action === 'file') {
    const { fileID } = await cloud.uploadFile({ cloudPath: 'a b/c.txt', fileContent: Buffer.from('content') })
    const { fileList } = await cloud.getTempFileURL({ fileList: [fileID] })
    return fileList[0].tempFileURL
  }
  const todos = cloud.database().collection('todos')
  if (event.action === 'add') await todos.add({ data: { text: event.text, at: new Date(0) } })
  const { total } = await todos.count()
  return { OPENID, total, version: 1 }
}
`

/** A project with one function and one collection. */
function project() {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wx-local-cli-')))
  made.push(directory)
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true })
    fs.writeFileSync(path.join(directory, name), text)
  }
  write('project.config.json', '{"cloudfunctionRoot": "cloudfunctions/", "appid": "wx1234567890abcdef"}')
  write('wx-local.config.json', '{"collections": {"todos": {"indexes": ["text"]}}}')
  write('cloudfunctions/todo/index.js', TODO)
  return { directory, write, at: (name) => path.join(directory, name) }
}

const surroundings = () => {
  const env = { ...process.env }
  for (const name of Object.keys(env)) if (/^(WX_LOCAL_|NODE_TEST_CONTEXT)/.test(name)) delete env[name]
  return env
}

function cli({ directory }, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd: directory, encoding: 'utf8', env: surroundings(), input: '',
  })
  return { status, stdout, stderr }
}

function ok(where, ...args) {
  const { status, stdout, stderr } = cli(where, ...args)
  assert.equal(status, 0, `${args.join(' ')}: ${stderr}${stdout}`)
  return stdout
}

const json = (where, ...args) => JSON.parse(ok(where, ...args, '--json'))

test('help, version and mistakes have their codes and streams', () => {
  const where = project()
  assert.match(ok(where, '--version'), /^wx-server-sdk-local \d+\.\d+\.\d+\n$/)
  for (const args of [['--help'], ['run', '--help'], ['export', '--help']]) {
    assert.match(ok(where, ...args), /Examples:/)
  }
  for (const args of [[], ['unknown'], ['run'], ['run', 'todo', '--event', '[1]'], ['seed', 'nowhere'], ['exec']]) {
    const { status, stdout, stderr } = cli(where, ...args)
    assert.equal(status, 2, args.join(' '))
    assert.equal(stdout, '')
    assert.notEqual(stderr, '')
  }
  where.write('wx-local.config.json', '{"nothing": 1}')
  const { status, stderr } = cli(where, 'check')
  assert.equal(status, 2)
  assert.match(stderr, /there is no 'nothing'/)
})

test('run prints the answer on stdout and the log on stderr, and data stays', () => {
  const where = project()
  const { status, stdout, stderr } = cli(where, 'run', 'todo', '--event', '{"action":"add","text":"milk"}', '--openid', 'user-1')
  assert.equal(status, 0, stderr)
  assert.deepEqual(JSON.parse(stdout), { OPENID: 'user-1', total: 1, version: 1 })
  assert.match(stderr, /todo add/)
  where.write('event.json', '{"action":"add","text":"rent"}')
  const run = json(where, 'run', 'todo', '--event', 'event.json')
  assert.equal(run.result.total, 2)
  assert.deepEqual(run.log, [{ level: 'log', text: 'todo add' }])
})

test('a function that fails or is missing ends with 1', () => {
  const where = project()
  const thrown = cli(where, 'run', 'todo', '--event', '{"action":"fail"}')
  assert.equal(thrown.status, 1)
  assert.equal(thrown.stdout, '')
  assert.match(thrown.stderr, /no milk/)
  const missing = cli(where, 'run', 'nothing', '--json')
  assert.equal(missing.status, 1)
  assert.match(JSON.parse(missing.stdout).error.errMsg, /could not be found/)
  assert.match(missing.stderr, /there is no function 'nothing' in .*cloudfunctions.?; there is todo\n/)
})

test('export writes where its file leads, and never in the place of what it is', { skip: process.platform === 'win32' }, () => {
  const where = project()
  where.write('fixtures/todos.jsonl', '{"_id":"a"}\n')
  ok(where, 'seed', 'fixtures')
  where.write('target.json', 'before')
  fs.chmodSync(where.at('target.json'), 0o664)
  fs.symlinkSync('target.json', where.at('link.json'))
  ok(where, 'export', 'todos', 'link.json')
  assert.ok(fs.lstatSync(where.at('link.json')).isSymbolicLink())
  assert.equal(fs.readFileSync(where.at('target.json'), 'utf8'), '{"_id":"a"}\n')
  assert.equal(fs.statSync(where.at('target.json')).mode & 0o777, 0o664)
  spawnSync('mkfifo', [where.at('pipe.json')])
  const reader = spawn('cat', [where.at('pipe.json')])
  reader.on('error', () => {})
  ok(where, 'export', 'todos', 'pipe.json')
  assert.ok(fs.lstatSync(where.at('pipe.json')).isFIFO())
  reader.kill()
})

test('seed, export and import make a round trip', () => {
  const where = project()
  where.write('fixtures/todos.jsonl', '{"_id":"a","text":"milk","at":{"$date":"2026-01-01T00:00:00Z"}}\n{"_id":"b","text":"rent"}\n')
  assert.deepEqual(json(where, 'seed', 'fixtures').collections, ['todos'])
  const lines = ok(where, 'export', 'todos')
  assert.equal(lines.trim().split('\n').length, 2)
  const { bytes } = json(where, 'export', 'todos', 'out.json')
  assert.equal(bytes, fs.statSync(where.at('out.json')).size)
  assert.equal(fs.readFileSync(where.at('out.json'), 'utf8'), lines)
  assert.equal(json(where, 'import', 'copy', 'out.json').succeeded, 2)
  assert.equal(ok(where, 'export', 'copy'), lines)
  ok(where, 'export', 'todos', 'out.csv', '--fields', '_id,text')
  assert.match(fs.readFileSync(where.at('out.csv'), 'utf8'), /a,milk/)
  assert.equal(json(where, 'import', 'copy', 'out.csv', '--mode', 'upsert').succeeded, 2)
  assert.deepEqual(fs.readdirSync(where.directory).filter((name) => name.endsWith('.tmp')), [])
  const again = cli(where, 'import', 'copy', 'out.json', '--keep-going', '--json')
  assert.equal(again.status, 1)
  assert.equal(JSON.parse(again.stdout).failed, 2)
  where.write('torn.json', '{"_id":"x"}\n{"_id":"y"}\n{"_id":"x"}\n{"_id":"z"}\n')
  const stopped = cli(where, 'import', 'torn', 'torn.json')
  assert.equal(stopped.status, 1)
  assert.match(stopped.stderr, /^line 3: E11000/)
  assert.match(stopped.stdout, /^imported 2 documents into torn and stopped there; with --keep-going/)
  const told = cli(where, 'import', 'torn2', 'torn.json', '--json')
  const { errors: [error], ...counts } = JSON.parse(told.stdout)
  assert.deepEqual([told.status, told.stderr, counts, error.line], [1, '', { succeeded: 2, failed: 1 }, 3])
  assert.match(error.message, /E11000/)
  assert.equal(ok(where, 'export', 'torn2').split('\n').length, 3)
  assert.equal(cli(where, 'export', 'nowhere').status, 1)
})

test('an import that stores nothing leaves no collection that it made', () => {
  const where = project()
  const stored = (name) => cli(where, 'export', name)
  where.write('torn.json', '{"_id":1}\n{"_id":1}\n{"_id"\n')
  where.write('none.json', '{"_id"\n{"_id":1,\n')
  where.write('none.csv', '_id,a..b\n1,2\n')
  where.write('empty.json', '')
  for (const args of [['none.json'], ['none.json', '--keep-going'], ['none.json', '--json'], ['none.csv']]) {
    assert.equal(cli(where, 'import', 'fresh', ...args).status, 1, args.join(' '))
    assert.equal(stored('fresh').status, 1, args.join(' '))
    // This one was there before.
    assert.equal(cli(where, 'import', 'todos', ...args).status, 1, args.join(' '))
    assert.deepEqual(stored('todos'), { status: 0, stdout: '', stderr: '' }, args.join(' '))
  }
  assert.equal(cli(where, 'import', 'fresh', 'torn.json').status, 1)
  assert.equal(stored('fresh').stdout, '{"_id":1}\n')
  ok(where, 'import', 'empty', 'empty.json')
  assert.equal(stored('empty').status, 0)
})

test('a seed of one file has all collections', () => {
  const where = project()
  where.write('all.json', '{"todos": [{"_id": "a", "at": {"$date": "2026-01-01T00:00:00Z"}}], "users": {"documents": [], "indexes": [{"n": 1}]}}')
  assert.deepEqual(json(where, 'seed', 'all.json').collections, ['todos', 'users'])
  assert.match(ok(where, 'export', 'todos'), /\$date/)
})

test('a seed of one collection makes it anew, and stores nothing if a line is wrong', () => {
  const where = project()
  where.write('todos.jsonl', '{"_id":"a"}\n{"_id":"b"}\n')
  for (let round = 0; round < 2; round++) assert.deepEqual(json(where, 'seed', 'todos.jsonl').collections, ['todos'])
  where.write('todos.jsonl', '{"_id":"c"}\n{"_id":"c"}\n')
  const wrong = cli(where, 'seed', 'todos.jsonl')
  assert.equal(wrong.status, 1)
  assert.match(wrong.stderr, /todos\.jsonl: line 2: E11000/)
  assert.equal(ok(where, 'export', 'todos'), '{"_id":"a"}\n{"_id":"b"}\n')
  where.write('todos.json', '[{"_id":"a"}]')
  const array = cli(where, 'seed', 'todos.json')
  assert.equal(array.status, 1)
  assert.match(array.stderr, /line 1: an array: write one object a line.*jq/)
})

test('many documents take few commits: the store stays as small as they are', () => {
  const where = project()
  const lines = (text) => Array.from({ length: 20_000 }, (_, n) => `{"_id":"${n}","text":"${text} ${n}"}\n`).join('')
  where.write('todos.jsonl', lines('milk'))
  ok(where, 'seed', 'todos.jsonl')
  where.write('more.jsonl', lines('eggs'))
  assert.equal(json(where, 'import', 'todos', 'more.jsonl', '--mode', 'upsert').succeeded, 20_000)
  assert.match(ok(where, 'export', 'todos'), /^\{"_id":"0","text":"eggs 0"\}\n/)
  assert.ok(fs.statSync(where.at('.wx-server-sdk-local/store.redb')).size < 64e6)
})

test('reset drops the data alone, and asks', () => {
  const where = project()
  ok(where, 'run', 'todo', '--event', '{"action":"add"}')
  fs.writeFileSync(where.at('.wx-server-sdk-local/mine.txt'), 'mine')
  const refused = cli(where, 'reset')
  assert.equal(refused.status, 1)
  assert.equal(json(where, 'run', 'todo').result.total, 1)
  ok(where, 'reset', '--yes')
  assert.equal(fs.readFileSync(where.at('.wx-server-sdk-local/mine.txt'), 'utf8'), 'mine')
  assert.equal(json(where, 'run', 'todo').result.total, 0)
})

test('reset drops files and their bodies, and what the configuration lists is there again', () => {
  const where = project()
  const bodies = () => fs.readdirSync(where.at('.wx-server-sdk-local/files'), { recursive: true }).filter((name) => /[0-9a-f]{64}$/.test(name))
  ok(where, 'run', 'todo', '--event', '{"action":"file"}')
  assert.equal(bodies().length, 1)
  ok(where, 'compact')
  assert.equal(bodies().length, 1)
  assert.deepEqual(json(where, 'reset', '--yes'), { reset: where.at('.wx-server-sdk-local') })
  assert.equal(bodies().length, 0)
  assert.deepEqual(json(where, 'seed', 'nothing.jsonl', ...(where.write('nothing.jsonl', ''), [])).collections, ['nothing', 'todos'])
})

test('indexes of the configuration are made together or not at all', () => {
  const where = project()
  const listed = () => {
    const script = "const t = require(process.argv[1]); t.indexes('todos').then((all) => console.log(JSON.stringify(all.map(({ name }) => name))))"
    const env = { ...surroundings(), WX_LOCAL_DATA_DIR: where.at('.wx-server-sdk-local') }
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, path.join(__dirname, '..', 'entry', 'testing.js')], { cwd: where.directory, encoding: 'utf8', env })
    return JSON.parse(stdout || `"${stderr}"`)
  }
  for (let round = 0; round < 2; round++) ok(where, 'run', 'todo', '--event', '{"action":"add","text":"milk"}')
  assert.deepEqual(listed(), ['_id_', 'text_1'])
  where.write('wx-local.config.json', '{"collections": {"todos": {"indexes": [{"a": 1}, {"keys": {"text": 1}, "unique": true}]}}}')
  assert.match(cli(where, 'check').stderr, /E11000/)
  where.write('wx-local.config.json', '{}')
  assert.deepEqual(listed(), ['_id_', 'text_1'])
})

test('check, compact and doctor tell what there is', () => {
  const where = project()
  const before = json(where, 'doctor').findings
  assert.ok(before.some(({ what }) => /no data in/.test(what)))
  assert.equal(fs.existsSync(where.at('.wx-server-sdk-local')), false)
  ok(where, 'run', 'todo', '--event', '{"action":"add","text":"milk"}')
  assert.deepEqual(json(where, 'check').problems, [])
  assert.match(ok(where, 'check'), /sound/)
  const compacted = json(where, 'compact')
  assert.ok(compacted.afterBytes > 0)
  assert.ok(compacted.compacted || compacted.afterBytes >= compacted.beforeBytes)
  assert.equal(json(where, 'run', 'todo').result.total, 1)
  assert.match(ok(where, 'doctor'), /1 function in/)
  fs.rmSync(where.at('cloudfunctions/todo/index.js'))
  assert.equal(cli(where, 'doctor').status, 1)
})

test('doctor names what keeps a function from running', () => {
  const cases = [
    [{ 'cloudfunctions/todo/index.js': 'exports.main = ( => 1\n' }, /problem todo: .*todo.index\.js:1: Unexpected token/],
    [{ 'cloudfunctions/todo/package.json': '{"dependencies": {"wx-server-sdk": "*", "not-there-at-all": "1"}}' },
      /problem todo: 'not-there-at-all' of its package\.json is not installed: npm install --prefix .*todo/],
    [{ 'project.config.json': '{"cloudfunctionRoot": "nowhere/"}' }, /problem there is no directory .*nowhere.*cloudfunctionRoot/],
    [{ 'project.config.json': '{"cloudfunctionRoot": 5}' }, /problem .*project\.config\.json: cloudfunctionRoot must be a text/],
  ]
  for (const [files, text] of cases) {
    const where = project()
    for (const [name, content] of Object.entries(files)) where.write(name, content)
    const { status, stdout } = cli(where, 'doctor')
    assert.match(stdout, text)
    assert.equal(status, 1)
  }
  // An empty root is none, and what has a first line for the shell or is an ES module is no mistake.
  const where = project()
  where.write('project.config.json', '{"cloudfunctionRoot": ""}')
  where.write('cloudfunctions/todo/index.js', '#!/usr/bin/env node\nreturn\n')
  where.write('cloudfunctions/esm/index.mjs', 'export const main = () => 1\n')
  assert.match(ok(where, 'doctor'), /2 functions in .*cloudfunctions/)
})

test('exec runs a command with the hooks, fresh data, and its own exit code', () => {
  const where = project()
  const script = `const { main } = require('./cloudfunctions/todo')
    main({ action: 'add' }).then(({ total }) => { process.stdout.write(String(total)); process.exitCode = 7 })`
  for (let round = 0; round < 2; round++) {
    const { status, stdout, stderr } = cli(where, 'exec', '--', process.execPath, '-e', script)
    assert.equal(status, 7, stderr)
    assert.equal(stdout, 'todo add\n1')
  }
  const missing = cli(where, 'exec', '--', 'no-such-command-anywhere')
  if (process.platform !== 'win32') assert.deepEqual([missing.status, missing.stderr], [127, "error: there is no command 'no-such-command-anywhere'\n"])
  const killed = cli(where, 'exec', '--', process.execPath, '-e', 'process.kill(process.pid, "SIGTERM")')
  assert.equal(killed.status, 143)
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  test(`exec passes ${signal} on, and ends as its command ends`, async () => {
    const where = project()
    const script = `process.on('${signal}', () => { console.log('${signal}'); process.exit(9) }); console.log('ready'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, [PROGRAM, 'exec', '--', process.execPath, '-e', script], { cwd: where.directory, env: surroundings() })
    let stdout = ''
    child.stdout.on('data', (piece) => { stdout += piece; if (stdout === 'ready\n') child.kill(signal) })
    assert.equal(await new Promise((resolve) => { child.on('close', resolve) }), 9)
    assert.equal(stdout, `ready\n${signal}\n`)
  })
}

test('exec ends as its command ends, however often it is interrupted', { skip: process.platform === 'win32' }, async () => {
  const where = project()
  // It goes on until it has seen ten of them. Its parent meets them before, at and after its end.
  const script = "let seen = 0; process.on('SIGINT', () => { if (++seen === 10) process.exit(9) }); console.log('ready'); setInterval(() => {}, 1000)"
  const child = spawn(process.execPath, [PROGRAM, 'exec', '--', process.execPath, '-e', script], { cwd: where.directory, env: surroundings() })
  const ended = new Promise((resolve) => { child.on('exit', (code, signal) => resolve({ code, signal })) })
  await once(child.stdout, 'data')
  const interrupt = () => { if (child.kill('SIGINT')) setTimeout(interrupt, 1) }
  interrupt()
  assert.deepEqual(await ended, { code: 9, signal: null })
})

test('an index that is changed in the configuration takes the place of the one before', () => {
  const where = project()
  const list = (...indexes) => where.write('wx-local.config.json', JSON.stringify({ collections: { todos: { indexes } } }))
  const add = () => cli(where, 'run', 'todo', '--event', '{"action":"add","text":"milk"}')
  list({ keys: { text: 1 } })
  assert.equal(add().status, 0)
  list({ keys: { text: 1 }, unique: true })
  assert.equal(cli(where, 'check').status, 0)
  assert.match(add().stderr, /E11000/)
  list({ keys: { text: 1 }, name: 'text_1', unique: false })
  assert.equal(add().status, 0)
  // Two of them now: the unique one cannot come back, and the other stays.
  list({ keys: { text: -1 }, name: 'text_1', unique: true })
  assert.equal(cli(where, 'check').status, 1)
  list({ keys: { text: 1 } })
  assert.equal(add().status, 0)
})

test('documents that an index of the configuration refuses are told of with the file', () => {
  const where = project()
  where.write('wx-local.config.json', '{"collections": ["todos"]}')
  ok(where, 'run', 'todo', '--event', '{"action":"add","text":"milk"}')
  ok(where, 'run', 'todo', '--event', '{"action":"add","text":"milk"}')
  where.write('wx-local.config.json', '{"collections": {"todos": {"indexes": [{"keys": {"text": 1}, "name": "one", "unique": true}]}}}')
  for (const command of ['check', 'doctor']) {
    const { status, stdout, stderr } = cli(where, command)
    assert.equal(status, 1)
    assert.match(stdout + stderr, /an index that wx-local\.config\.json lists for 'todos' cannot be made: E11000 .* take it out of the file/)
  }
  where.write('wx-local.config.json', '{"collections": {"todos": {"indexes": ["text"]}}}')
  assert.equal(json(where, 'run', 'todo').result.total, 2)
  where.write('wx-local.config.json', '{"collections": {"todos": {"indexes": [{"keys": {"text": 1}, "unique": true}]}}}')
  assert.match(cli(where, 'check').stderr, /E11000 .*text_1.*; take it out of the file/)
})

test('import reads a pipe', { skip: process.platform === 'win32' }, () => {
  const where = project()
  const piped = (...args) => spawnSync(process.execPath, [PROGRAM, 'import', 'todos', '-', ...args], {
    cwd: where.directory, encoding: 'utf8', env: surroundings(), input: '_id,text\na,milk\n',
  })
  assert.equal(piped('--format', 'csv').status, 0)
  assert.equal(ok(where, 'export', 'todos'), '{"_id":"a","text":"milk"}\n')
  assert.match(piped().stderr, /line 1: invalid JSON/)
})

/** Starts a server; resolves with what it printed once it serves. */
async function start(where, ...args) {
  const child = spawn(process.execPath, [PROGRAM, 'start', '--json', ...args], { cwd: where.directory, env: surroundings() })
  let stdout = ''
  let stderr = ''
  child.stderr.on('data', (piece) => { stderr += piece })
  const exited = new Promise((resolve) => { child.on('exit', (code, signal) => resolve({ code, signal })) })
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (piece) => { stdout += piece; if (stdout.includes('\n')) resolve() })
    child.on('exit', () => reject(new Error(`the server ended: ${stderr}`)))
  })
  /** Waits until it has said so: its answers come another way, and may be earlier. */
  const logged = async (pattern) => {
    while (!pattern.test(stderr)) {
      await Promise.race([once(child.stderr, 'data'), exited.then(() => assert.match(stderr, pattern))])
    }
  }
  return { child, exited, logged, ...JSON.parse(stdout) }
}

function ask(url, { method = 'GET', headers = {}, body = '' } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (piece) => { text += piece })
      response.on('end', () => resolve({ status: response.statusCode, text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

test('start serves functions and files, reloads what changes, and ends on SIGINT with 130', async () => {
  const where = project()
  const server = await start(where)
  try {
    assert.deepEqual(server.functions, ['todo'])
    const told = JSON.parse(fs.readFileSync(where.at('.wx-server-sdk-local/gateway.json'), 'utf8'))
    assert.equal(told.token, server.token)
    if (process.platform !== 'win32') {
      assert.equal(fs.statSync(where.at('.wx-server-sdk-local/gateway.json')).mode & 0o077, 0)
    }
    const headers = { authorization: `Bearer ${server.token}` }
    const invoke = (event, more = {}, query = '') => ask(`${server.url}/invoke/todo${query}`, {
      method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(event),
    })
    const added = await invoke({ action: 'add', text: 'milk' }, {}, '?openid=user-1')
    assert.equal(added.status, 200, added.text)
    assert.deepEqual(JSON.parse(added.text).result, { OPENID: 'user-1', total: 1, version: 1 })
    await server.logged(/todo ok in .* as user-1\n {2}log todo add\n {2}=> \{/)

    assert.equal((await invoke({}, { authorization: 'Bearer x' })).status, 401)
    assert.equal((await invoke({}, { origin: 'http://evil.example' })).status, 403)
    assert.equal((await invoke({}, { host: 'evil.example' })).status, 403)
    assert.equal((await invoke([])).status, 400)
    assert.equal((await invoke({ action: 'fail' })).status, 500)
    await server.logged(/todo failed[^]*no milk/)
    const missing = await ask(`${server.url}/invoke/nothing`, { method: 'POST', headers })
    assert.equal(missing.status, 404, missing.text)

    const url = JSON.parse((await invoke({ action: 'file' })).text).result
    assert.ok(url.startsWith(server.url), url)
    assert.deepEqual(await ask(url), { status: 200, text: 'content' })
    assert.equal((await ask(url.replace('sign=', 'sign=0'))).status, 403)

    where.write('cloudfunctions/todo/index.js', TODO.replace('version: 1', 'version: 20'))
    assert.deepEqual(JSON.parse((await invoke({})).text).result.version, 20)
    assert.equal(JSON.parse((await invoke({})).text).result.total, 1)
  } finally {
    server.child.kill('SIGINT')
  }
  assert.deepEqual(await server.exited, { code: 130, signal: null })
  assert.equal(fs.existsSync(where.at('.wx-server-sdk-local/gateway.json')), false)
})

test('start loads a changed ES module and what it imports again, and ends on SIGTERM with 143', async () => {
  const where = project()
  where.write('cloudfunctions/modern/index.mjs', "import { version } from './lib/version.mjs'\nimport old from './old.cjs'\nexport const main = () => [version, old]")
  where.write('cloudfunctions/modern/lib/version.mjs', 'export const version = 1')
  where.write('cloudfunctions/modern/old.cjs', 'module.exports = 1')
  const server = await start(where, '--data-dir', ':memory:')
  try {
    const invoke = async () => JSON.parse((await ask(`${server.url}/invoke/modern`, {
      method: 'POST', headers: { authorization: `Bearer ${server.token}` },
    })).text).result
    assert.deepEqual(await invoke(), [1, 1])
    where.write('cloudfunctions/modern/lib/version.mjs', 'export const version = 20')
    assert.deepEqual(await invoke(), [20, 1])
    where.write('cloudfunctions/modern/old.cjs', 'module.exports = 30')
    assert.deepEqual(await invoke(), [20, 30])
  } finally {
    server.child.kill('SIGTERM')
  }
  assert.deepEqual(await server.exited, { code: 143, signal: null })
})

test('start survives what a function leaves uncaught, and its process.exit', async () => {
  const where = project()
  where.write('cloudfunctions/wild/index.js', `exports.main = ({ how }) => {
    if (how === 'throw') setTimeout(() => { throw new Error('from a timer') }, 1)
    if (how === 'reject') { Promise.reject(new Error('nobody waits')) }
    if (how === 'exit') setTimeout(() => process.exit(4), 1)
    if (how === 'late') { setTimeout(() => { throw new Error('after the end') }, 20); return 'done' }
    return how === undefined ? 'fine' : new Promise(() => {})
  }`)
  const server = await start(where, '--data-dir', ':memory:')
  try {
    const invoke = async (event) => JSON.parse((await ask(`${server.url}/invoke/wild`, {
      method: 'POST', headers: { authorization: `Bearer ${server.token}` }, body: JSON.stringify(event),
    })).text)
    for (const [how, text] of [['throw', /from a timer/], ['reject', /nobody waits/], ['exit', /callFunction:fail 4 code exit unexpected/]]) {
      assert.match((await invoke({ how })).errMsg, text)
    }
    assert.equal((await invoke({ how: 'late' })).result, 'done')
    await server.logged(/uncaughtException: Error: after the end/)
    assert.equal((await invoke({})).result, 'fine')
  } finally {
    server.child.kill('SIGINT')
  }
  assert.equal((await server.exited).code, 130)
  const run = cli(where, 'run', 'wild', '--event', '{"how":"throw"}', '--json')
  assert.equal(run.status, 1, run.stderr)
  assert.match(JSON.parse(run.stdout).error, /from a timer/)
})

test('SIGINT ends a run with 130', async () => {
  const where = project()
  where.write('cloudfunctions/hang/index.js', 'exports.main = () => { console.log("here"); return new Promise(() => {}) }')
  const child = spawn(process.execPath, [PROGRAM, 'run', 'hang'], { cwd: where.directory, env: surroundings() })
  child.stderr.on('data', () => child.kill('SIGINT'))
  assert.equal(await new Promise((resolve) => { child.on('exit', resolve) }), 130)
})

test('start runs timers on time', async () => {
  const where = project()
  where.write('cloudfunctions/tick/index.js', 'exports.main = (event) => { console.log("tick", event.Type) }')
  where.write('cloudfunctions/tick/config.json', '{"triggers":[{"name":"each","type":"timer","config":"* * * * * * *"}]}')
  const server = await start(where, '--data-dir', ':memory:')
  try {
    await server.logged(/log tick Timer/)
  } finally {
    server.child.kill('SIGINT')
  }
  assert.equal((await server.exited).code, 130)
})

test('the demo runs twice, and the second run meets the data of the first', { skip: process.env.CI === 'no-demo' }, () => {
  const copy = project().directory
  for (const name of ['entry', 'index.js', 'package.json']) {
    fs.symlinkSync(path.join(__dirname, '..', name), path.join(copy, name))
  }
  fs.cpSync(path.join(__dirname, '..', 'examples'), path.join(copy, 'examples'), {
    recursive: true, filter: (from) => !from.includes('.wx-server-sdk-local'),
  })
  const run = () => spawnSync(process.execPath, ['examples/run.js'], { cwd: copy, encoding: 'utf8', env: surroundings() })
  const first = run()
  assert.equal(first.status, 0, first.stderr)
  assert.match(first.stdout, /finish[^]*"updated": 1/)
  assert.match(run().stdout, /Welcome back: 2 to-dos/)
})

test('the data of a running server is seeded, read, checked, compacted and emptied', { skip: process.platform === 'win32' }, async () => {
  const where = project()
  const server = await start(where)
  const invoke = async (event) => JSON.parse((await ask(`${server.url}/invoke/todo`, {
    method: 'POST', headers: { authorization: `Bearer ${server.token}` }, body: JSON.stringify(event),
  })).text)
  try {
    assert.equal((await invoke({ action: 'add', text: 'milk' })).result.total, 1)
    where.write('todos.jsonl', '{"_id":"a"}\n{"_id":"b"}\n')
    where.write('torn.jsonl', '{"_id":"a"}\n{"_id":"a"}\n')
    where.write('fixtures/todos.jsonl', '{"_id":"a"}\n{"_id":"b"}\n{"_id":"c"}\n')
    where.write('all.json', '{"todos": [{"_id": "a"}], "users": []}')
    for (const [source, total, names] of [['todos.jsonl', 2, ['todos']], ['fixtures', 3, ['todos']], ['all.json', 1, ['todos', 'users']]]) {
      assert.deepEqual(json(where, 'seed', source).collections, names)
      assert.equal((await invoke({})).result.total, total, source)
    }
    const torn = cli(where, 'seed', 'torn.jsonl')
    assert.match(torn.stderr, /torn\.jsonl: line 2: E11000 duplicate key error collection: local\.torn index/)
    assert.equal(json(where, 'import', 'todos', 'todos.jsonl', '--mode', 'upsert').succeeded, 2)
    assert.equal(ok(where, 'export', 'todos'), '{"_id":"a"}\n{"_id":"b"}\n')
    assert.equal(json(where, 'run', 'todo', '--event', '{"action":"add","text":"x"}').result.total, 3)

    const url = (await invoke({ action: 'file' })).result
    const { sound, collections, documents } = json(where, 'check')
    assert.deepEqual({ sound, collections, documents }, { sound: true, collections: 2, documents: 3 })
    assert.ok(json(where, 'compact').afterBytes > 0)
    assert.equal((await ask(url)).text, 'content')

    ok(where, 'reset', '--yes')
    assert.equal((await ask(url)).status, 404)
    assert.deepEqual((await invoke({ action: 'add' })).result.total, 1)
    const again = (await invoke({ action: 'file' })).result
    assert.equal((await ask(again)).text, 'content')
    assert.equal(json(where, 'check').sound, true)
  } finally {
    server.child.kill('SIGTERM')
    await server.exited
  }
})

test('a directory has one server, and doctor is content with it', { skip: process.platform === 'win32' }, async () => {
  const where = project()
  const address = () => JSON.parse(fs.readFileSync(where.at('.wx-server-sdk-local/gateway.json'), 'utf8')).url
  const first = await start(where)
  let second
  try {
    const refused = cli(where, 'start')
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /another server has the data/)
    assert.ok(refused.stderr.includes(`at ${first.url}`))
    assert.equal(address(), first.url)
    await ask(`${first.url}/invoke/todo`, { method: 'POST', headers: { authorization: `Bearer ${first.token}` }, body: '{}' })
    const { status, stdout, stderr } = cli(where, 'doctor')
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, /ok {6}data in .*: 1 collections, 0 documents/)
    first.child.kill('SIGTERM')
    await first.exited
    second = await start(where)
    assert.equal(address(), second.url)
  } finally {
    for (const server of [first, second]) {
      server?.child.kill('SIGTERM')
      await server?.exited
    }
  }
  assert.equal(fs.existsSync(where.at('.wx-server-sdk-local/gateway.json')), false)
})
