'use strict'
// How runs of functions end: by their time, by their own doing, and by a signal to the program.
const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { begin, project, run, start } = require('./program.cjs')

const SDK = `const cloud = require('wx-server-sdk'); cloud.init(); const db = cloud.database(), todos = db.collection('todos')
`
const SPINS = "process.stderr.write('spinning\\n'); for (;;);"
const LONG = '{"timeout": 900}'

/** Functions that do not end, each in its own way. */
const ENDLESS = {
  'awaits for ever': 'exports.main = () => new Promise(() => {})',
  'answers neither its callback nor with a promise': 'exports.main = (event, context, callback) => { void callback }',
  'awaits the package in a loop': `${SDK}exports.main = async () => { for (;;) await todos.count() }`,
  'awaits what the package refuses in a loop': `${SDK}exports.main = async () => { for (;;) try { await db.collection('nowhere').count() } catch {} }`,
  'catches what is refused before init in a loop': `const cloud = require('wx-server-sdk'); exports.main = () => { for (;;) try { cloud.callFunction({ name: 'hello' }); cloud.database() } catch {} }`,
  'catches what is refused in a loop': `${SDK}exports.main = () => { for (;;) try { todos.doc(); db.collection('') } catch {} }`,
  'awaits functions in a loop': `${SDK}exports.main = async () => { for (;;) await cloud.callFunction({ name: 'hello' }) }`,
  'awaits null in a loop': 'exports.main = async () => { for (;;) await null }',
  'awaits timers in a loop': 'exports.main = async () => { for (;;) await new Promise((resolve) => setTimeout(resolve, 1)) }',
  'spins at once': `exports.main = () => { ${SPINS} }`,
  'spins after an await': `${SDK}exports.main = async () => { await todos.count(); ${SPINS} }`,
  'spins in a timer': `exports.main = () => new Promise(() => { setTimeout(() => { ${SPINS} }, 1) })`,
  'spins when it is loaded': SPINS,
  'awaits for ever when its ES module is loaded': { 'index.mjs': 'await new Promise(() => {})\nexport const main = () => 1' },
  'spins when its ES module is loaded': { 'index.mjs': SPINS },
  'spins in a function that it calls': `${SDK}exports.main = () => cloud.callFunction({ name: 'spinning' })`,
  'spins in a getter of its answer': `exports.main = () => ({ get a() { ${SPINS} } })`,
  'spins in a getter of what it throws': `exports.main = () => { throw { get stack() { ${SPINS} } } }`,
  'matches a text for ever': "exports.main = () => /^(a+)+$/.test('a'.repeat(50) + 'b')",
  'reads JSON for ever': "exports.main = () => { const text = `[${'1,'.repeat(1e6)}1]`; for (;;) JSON.parse(text) }",
  'prints for ever': "exports.main = () => { for (;;) console.log('x'.repeat(100)) }",
  'waits for another thread': 'exports.main = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
  'spins in the end of its process': `process.on('exit', () => { ${SPINS} }); exports.main = () => process.exit(3)`,
  'is where nothing can interrupt it': "exports.main = () => require('crypto').pbkdf2Sync('a', 'b', 1e9, 64, 'sha512')",
  'waits for a program that never ends': "exports.main = () => require('child_process').execFileSync(process.execPath, ['-e', 'setTimeout(() => {}, 10_000)'])",
  'has a thread that spins': "exports.main = () => { new (require('worker_threads').Worker)('for (;;);', { eval: true }); return new Promise(() => {}) }",
}
const nameOf = (kind) => kind.replaceAll(' ', '-')
const all = { hello: 'exports.main = () => "hello"', spinning: `exports.main = () => { ${SPINS} }` }
for (const [kind, files] of Object.entries(ENDLESS)) all[nameOf(kind)] = files
const TIMED_OUT = /^callFunction:fail Invoking task timed out after 1 seconds .*FUNCTIONS_TIME_LIMIT_EXCEEDED$/

describe('run of a function that does not end', { concurrency: 3 }, () => {
  for (const kind of Object.keys(ENDLESS)) {
    test(`one that ${kind} ends with the service's timeout, and so does the program`, async (context) => {
      const { code, signal, stdout, stderr } = await run(project(context, all), nameOf(kind))
      assert.deepEqual([code, signal, stdout], [1, null, ''], stderr.slice(-500))
      assert.match(stderr.trimEnd().split('\n').at(-1).replace(/^error: /, ''), TIMED_OUT)
    })
  }

  test('with --json it says so with what was printed', async (context) => {
    const where = project(context, { f: `exports.main = () => { console.log('before'); ${SPINS} }` })
    const { code, stdout } = await run(where, 'f', '--json')
    const { error, log } = JSON.parse(stdout)
    assert.equal(code, 1)
    assert.match(error, TIMED_OUT)
    assert.deepEqual(log, [{ level: 'log', text: 'before' }])
  })

})

describe('start with functions that do not end', () => {
  test('each is answered with the timeout, and others are served after it', async (context) => {
    const server = await start(context, project(context, all))
    const kinds = Object.keys(ENDLESS)
    const answers = await Promise.all(kinds.map((kind) => server.call(nameOf(kind))))
    for (const [index, { status, errMsg }] of answers.entries()) {
      assert.equal(status, 500, kinds[index])
      assert.match(errMsg, TIMED_OUT, kinds[index])
    }
    assert.equal((await server.call('hello')).result, 'hello')
    await server.says('log x{100}\n')
    assert.equal((await server.end()).code, 130)
  })

  test('functions and timers run while one spins', async (context) => {
    const where = project(context, {
      hello: all.hello,
      endless: { 'index.js': `exports.main = () => { ${SPINS} }`, 'config.json': LONG },
      tick: { 'index.js': 'exports.main = () => { process.stderr.write("tick\\n") }', 'config.json': '{"triggers":[{"name":"each","type":"timer","config":"* * * * * * *"}]}' },
    })
    const server = await start(context, where)
    server.call('endless').catch(() => {})
    await server.says('spinning')
    assert.equal((await server.call('hello')).result, 'hello')
    await server.says('tick', 'stderr', server.said.stderr.split('tick').length)
    assert.equal((await server.end()).code, 130)
  })
})

describe('a signal while a function has its thread', () => {
  const kinds = ['spins at once', 'awaits null in a loop', 'is where nothing can interrupt it', 'prints for ever']
  const long = {}
  for (const kind of kinds) {
    const source = ENDLESS[kind].replace('exports.main = ', "const main = ") + "\nexports.main = () => { process.stderr.write('begun\\n'); return main() }"
    long[nameOf(kind)] = { 'index.js': source, 'config.json': LONG }
  }
  for (const kind of kinds) {
    test(`run of one that ${kind} ends on SIGINT with 130`, async (context) => {
      const { child, exited, says } = begin(project(context, long), ['run', nameOf(kind)])
      await says('begun')
      child.kill('SIGINT')
      const { code, signal } = await exited
      assert.deepEqual([code, signal], [130, null])
    })
  }

  test('run tells of nothing after it, however many functions are under way', async (context) => {
    const spins = { 'index.js': `exports.main = () => { ${SPINS} }`, 'config.json': LONG }
    const calls = (name) => ({ 'index.js': `${SDK}exports.main = () => cloud.callFunction({ name: '${name}' })`, 'config.json': LONG })
    const both = { 'index.js': `${SDK}exports.main = () => { cloud.callFunction({ name: 'spins' }); ${SPINS} }`, 'config.json': LONG }
    const where = project(context, { spins, calls: calls('spins'), 'calls-both': calls('both'), both })
    for (const [name, threads] of [['spins', 1], ['calls', 1], ['both', 2], ['calls-both', 2]]) {
      for (const flags of [[], ['--json']]) {
        const { child, exited, says } = begin(where, ['run', name, ...flags])
        await says('spinning', 'stderr', threads)
        child.kill('SIGINT')
        const { code, signal, stdout, stderr } = await exited
        assert.deepEqual([code, signal, stdout, stderr], [130, null, '', 'spinning\n'.repeat(threads)], name)
      }
    }
  })

  test('start ends on SIGINT with 130 and on SIGTERM with 143, whatever its functions do', async (context) => {
    for (const [signal, expected] of [['SIGINT', 130], ['SIGTERM', 143]]) {
      const server = await start(context, project(context, long))
      for (const kind of kinds.slice(0, 3)) server.call(nameOf(kind)).catch(() => {})
      await server.says('begun', 'stderr', 3)
      assert.equal((await server.end(signal)).code, expected)
    }
  })

  test('a function that is debugged and spins is ended by the signal itself', { skip: process.platform === 'win32' }, async (context) => {
    const where = project(context, long)
    for (const args of [['run', 'spins-at-once'], ['start', '--json', '--data-dir', ':memory:']]) {
      const { child, exited, says, said } = begin(where, args, ['--inspect=127.0.0.1:0'])
      context.after(() => child.kill('SIGKILL'))
      if (args[0] === 'start') {
        await says(/\n/, 'stdout')
        const { url, token } = JSON.parse(said.stdout)
        fetch(`${url}/invoke/spins-at-once`, { method: 'POST', body: '{}', headers: { authorization: `Bearer ${token}` } }).catch(() => {})
      }
      await says('begun')
      child.kill('SIGINT')
      const { code, signal } = await exited
      assert.deepEqual([code, signal], [null, 'SIGINT'])
    }
  })
})

describe('what comes after a run', () => {
  const counting = `${SDK}let n = 0
exports.main = async ({ how }) => {
  n++
  if (how === 'throw') throw new Error('thrown')
  if (how === 'spin') { ${SPINS} }
  if (how === 'hang') await new Promise(() => {})
  if (how === 'exit') process.exit(3)
  if (how === 'caught exit') try { process.exit() } catch { return 'went on' }
  if (how === 'kill') process.kill(process.pid)
  if (how === 'abort') process.abort()
  if (how === 'timer') return new Promise(() => setTimeout(() => { throw new Error('from a timer') }, 1))
  if (how === 'reject') { Promise.reject(new Error('nobody waits')); return new Promise(() => {}) }
  if (how === 'unheard') { process.removeAllListeners('uncaughtException'); return new Promise(() => setTimeout(() => { throw new Error('unheard of') }, 1)) }
  if (how === 'memory') { const kept = []; for (;;) kept.push(new Array(1e6).fill(0)) }
  return n
}`
  const ends = [
    ['spin', TIMED_OUT], ['hang', TIMED_OUT], ['exit', /^callFunction:fail 3 code exit unexpected$/], ['caught exit', /^callFunction:fail 0 code exit unexpected$/],
    ['kill', /^callFunction:fail 143 code exit unexpected$/], ['abort', /^callFunction:fail 134 code exit unexpected$/],
    ['timer', /^callFunction:fail Error: from a timer\n/], ['reject', /^callFunction:fail Error: nobody waits\n/], ['unheard', /^callFunction:fail Error: unheard of\n/],
    ['memory', /^callFunction:fail FUNCTIONS_MEMORY_LIMIT_EXCEEDED: the function needs more than 1024 MB of memory$/],
  ]

  test('start: an instance is kept with its modules, and is a fresh one after an end', async (context) => {
    const where = project(context, { f: { 'index.js': counting, 'config.json': '{"timeout": 60}' }, g: counting })
    const server = await start(context, where)
    for (const [how, text] of ends) {
      // Only what must wait for its limit waits for a short one.
      const name = text === TIMED_OUT ? 'g' : 'f'
      for (const n of [1, 2]) assert.equal((await server.call(name)).result, n, `${how}: before`)
      assert.match((await server.call(name, { how: 'throw' })).errMsg, /^callFunction:fail Error: thrown\n/)
      assert.equal((await server.call(name)).result, 4, `${how}: it threw, and its instance is kept`)
      const { status, errMsg } = await server.call(name, { how })
      assert.equal(status, 500, how)
      assert.match(errMsg, text, how)
      assert.equal((await server.call(name)).result, 1, `${how}: after`)
      assert.equal((await server.call(name, { how: 'exit' })).status, 500)
    }
    assert.equal((await server.end()).code, 130)
  })

  test('run: the ends are told as by the server', async (context) => {
    const where = project(context, { f: { 'index.js': counting, 'config.json': '{"timeout": 60}' } })
    for (const [how, text] of ends.filter(([, known]) => known !== TIMED_OUT)) {
      const { code, stdout, stderr } = await run(where, 'f', '--event', JSON.stringify({ how }))
      assert.deepEqual([code, stdout], [1, ''], how)
      assert.match(stderr.slice(stderr.lastIndexOf('error: ') + 7).trimEnd() + (text.source.includes('\\n') ? '\n' : ''), text, how)
    }
  })

  test('what a run that was ended still calls changes nothing', async (context) => {
    const where = project(context, {
      adds: `${SDK}exports.main = async () => { for (;;) { await todos.add({ data: {} }); await cloud.callFunction({ name: 'add' }) } }`,
      add: `${SDK}exports.main = async () => { await todos.add({ data: {} }) }`,
      count: `${SDK}exports.main = async () => (await todos.count()).total`,
    })
    const server = await start(context, where)
    assert.match((await server.call('adds')).errMsg, TIMED_OUT)
    // What had been asked for before the end is done by now.
    await server.call('add')
    const { result: total } = await server.call('count')
    assert.ok(total > 2)
    for (let round = 0; round < 20; round++) assert.equal((await server.call('count')).result, total)
  })

  test('what a run that was ended has open in transactions is rolled back at its end', async (context) => {
    const holds = { 'index.js': `${SDK}exports.main = async ({ how }) => {
  const open = await db.startTransaction()
  await open.collection('todos').doc('a').update({ data: { by: how } })
  if (how === 'spin') { ${SPINS} }
  if (how === 'exit') process.exit(3)
  if (how === 'timer') setTimeout(() => { throw new Error('from a timer') }, 1)
  if (how === 'loop') for (;;) await open.collection('todos').doc('a').get()
  if (how === 'nested') await cloud.callFunction({ name: 'holds', data: { how: 'spin' } })
  await new Promise(() => {})
}` }
    const where = project(context, {
      holds,
      make: `${SDK}exports.main = () => todos.add({ data: { _id: 'a', by: 'nobody' } })`,
      // Shorter than a write waits for a lock, and than a transaction lives.
      update: { 'index.js': `${SDK}exports.main = async () => { await todos.doc('a').update({ data: { by: 'other' } }); return (await todos.doc('a').get()).data.by }`, 'config.json': '{"timeout": 8}' },
    })
    const server = await start(context, where)
    assert.equal((await server.call('make')).status, 200)
    for (const how of ['spin', 'exit', 'timer', 'loop', 'hang', 'nested']) {
      assert.equal((await server.call('holds', { how })).status, 500, how)
      const { result, errMsg } = await server.call('update')
      assert.equal(result, 'other', `${how}: ${errMsg}`)
    }
  })

  test('a transaction whose end a run asked for before its own end is committed', async (context) => {
    const where = project(context, {
      commits: `${SDK}exports.main = async () => {
  await db.runTransaction((open) => open.collection('todos').add({ data: { _id: 'a' } }))
  const open = await db.startTransaction()
  await open.collection('todos').add({ data: { _id: 'b' } })
  await open.commit()
  await new Promise(() => {})
}`,
      count: `${SDK}exports.main = async () => (await todos.count()).total`,
    })
    const server = await start(context, where)
    assert.match((await server.call('commits')).errMsg, TIMED_OUT)
    assert.equal((await server.call('count')).result, 2)
  })

  test('what a run that answered left spinning takes the time of the next one, and then its instance goes', async (context) => {
    const where = project(context, { leaves: `let n = 0; exports.main = () => { setTimeout(() => { ${SPINS} }, 1); return ++n }` })
    const server = await start(context, where)
    assert.equal((await server.call('leaves')).result, 1)
    await server.says('spinning')
    assert.match((await server.call('leaves')).errMsg, TIMED_OUT)
    assert.equal((await server.call('leaves')).result, 1)
  })

  test('what a run began and did not wait for is done after its answer, within its time', async (context) => {
    const where = project(context, {
      late: `${SDK}exports.main = async () => { setTimeout(() => todos.add({ data: {} }), 50); return 'answered' }`,
      never: `exports.main = async () => { setInterval(() => {}, 10); return 'answered' }`,
      count: `${SDK}exports.main = async () => (await todos.count()).total`,
    })
    for (const name of ['late', 'never']) {
      const { code, stdout } = await run(where, name)
      assert.deepEqual([code, stdout], [0, '"answered"\n'])
    }
    assert.equal((await run(where, 'count')).stdout, '1\n')
  })
})

describe('a function calls another', () => {
  const calls = { 'index.js': `${SDK}exports.main = async ({ userInfo, ...call }) => {
  try { return (await cloud.callFunction(call)).result } catch ({ message }) { return message }
}`, 'config.json': '{"timeout": 60}' }

  test('one that is called and does not end is ended alone, and its caller is told', async (context) => {
    const where = project(context, { calls, spins: `exports.main = () => { ${SPINS} }`, exits: 'exports.main = () => { process.exit(4) }', who: `${SDK}exports.main = () => cloud.getWXContext()` })
    const server = await start(context, where)
    assert.match((await server.call('calls', { name: 'spins' })).result, TIMED_OUT)
    assert.match((await server.call('calls', { name: 'exits' })).result, /^callFunction:fail 4 code exit unexpected$/)
    const { OPENID, SOURCE } = (await server.call('calls', { name: 'who' })).result
    assert.deepEqual([typeof OPENID, SOURCE], ['string', 'wx_client,scf'])
    await server.says(/spins failed[^]*calls ok/)
  })

  test('a caller that gives up first leaves the other to its own limit', async (context) => {
    const where = project(context, {
      calls,
      slow: { 'index.js': `${SDK}exports.main = () => new Promise((resolve) => setTimeout(() => todos.add({ data: {} }).then(resolve), 200))`, 'config.json': '{"timeout": 60}' },
      // Looks until the other one is done.
      waits: { 'index.js': `${SDK}exports.main = async () => { let total = 0; while (total === 0) ({ total } = await todos.count()); return total }`, 'config.json': '{"timeout": 60}' },
    })
    const server = await start(context, where)
    assert.equal((await server.call('calls', { name: 'slow', timeout: 20 })).result, 'callFunction:fail request timeout')
    assert.equal((await server.call('waits')).result, 1)
  })

  test('a chain of functions that call themselves ends as anywhere', async (context) => {
    const self = { 'index.js': `${SDK}exports.main = async ({ n = 1 }) => (await cloud.callFunction({ name: 'self', data: { n: n + 1 } })).result`, 'config.json': '{"timeout": 60}' }
    const { stderr } = await run(project(context, { self }), 'self')
    assert.match(stderr, /number 33 in a chain of functions calling functions, the most is 32/)
  })
})

describe('many calls of one function', () => {
  const meets = `${SDK}exports.main = async ({ of }) => {
  await todos.add({ data: {} })
  while ((await todos.count()).total < of) await new Promise((resolve) => setImmediate(resolve))
  return 'met'
}`
  test('they are all under way at once, and share instances above the most there may be', async (context) => {
    const server = await start(context, project(context, { meets: { 'index.js': meets, 'config.json': '{"timeout": 60}' } }))
    const answers = await Promise.all(Array.from({ length: 30 }, () => server.call('meets', { of: 30 })))
    for (const { result } of answers) assert.equal(result, 'met')
  })

  test('one that is over does not take those with it that share its instance, while their thread answers', async (context) => {
    const shares = `${SDK}exports.main = async ({ old }) => {
  if (old) { setTimeout(() => process.stderr.write('half\\n'), 2000); await new Promise(() => {}) }
  process.stderr.write('young\\n')
  while ((await todos.count()).total === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  return 'young'
}`
    const where = project(context, { shares: { 'index.js': shares, 'config.json': '{"timeout": 5}' }, add: `${SDK}exports.main = () => todos.add({ data: {} })` })
    const server = await start(context, where)
    const old = Array.from({ length: 8 }, () => server.call('shares', { old: true }))
    await server.says('half', 'stderr', 8)
    const young = Array.from({ length: 8 }, () => server.call('shares'))
    await server.says('young', 'stderr', 8)
    for (const { errMsg } of await Promise.all(old)) assert.match(errMsg, /timed out after 5 seconds/)
    await server.call('add')
    for (const { result, errMsg } of await Promise.all(young)) assert.equal(result, 'young', errMsg)
  })

  test('those that wait for an instance that spins go on in another one', async (context) => {
    const server = await start(context, project(context, { f: `exports.main = ({ n }) => { if (n < 8) { ${SPINS} } return n }` }))
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => server.call('f', { n })))
    const spun = answers.filter(({ errMsg }) => TIMED_OUT.test(errMsg))
    assert.deepEqual(answers.map(({ result }) => result).filter((n) => n !== undefined).sort((a, b) => a - b), [8, 9, 10, 11])
    assert.equal(spun.length, 8)
  })

  test('those that one takes with it whose thread no longer answers are told that it ended', async (context) => {
    // The first eight have all instances; the others begin in them while those still wait.
    const f = `${SDK}exports.main = async ({ n }) => {
  process.stderr.write('begun\\n')
  if (n >= 8) await new Promise(() => {})
  while ((await todos.count()).total === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  ${SPINS}
}`
    const where = project(context, { f: { 'index.js': f, 'config.json': '{"timeout": 4}' }, add: `${SDK}exports.main = () => todos.add({ data: {} })` })
    const server = await start(context, where)
    const first = Array.from({ length: 8 }, (_, n) => server.call('f', { n }))
    await server.says('begun', 'stderr', 8)
    const others = Array.from({ length: 8 }, (_, n) => server.call('f', { n: n + 8 }))
    await server.says('begun', 'stderr', 16)
    await server.call('add')
    for (const { errMsg } of await Promise.all(first)) assert.match(errMsg, /timed out after 4 seconds/)
    // Whichever comes first of their own limit and the end of their thread.
    for (const { errMsg } of await Promise.all(others)) assert.match(errMsg, /timed out after 4 seconds|callFunction:fail 1 code exit unexpected/)
  })

  test('a call that meets an instance in the middle of its end goes to another', async (context) => {
    const where = project(context, { late: "let n = 0; exports.main = () => { setTimeout(() => { throw new Error('after the end') }, 20); return ++n }" })
    const server = await start(context, where)
    for (let round = 1; round <= 20; round++) {
      assert.equal((await server.call('late')).result, 1)
      // Said in the same breath in which the thread ends: the program has not heard of that.
      await server.says('uncaughtException: Error: after the end', 'stderr', round)
    }
  })
})

describe('an instance is to its function what a process is', () => {
  test('it has variables and a time zone of its own', async (context) => {
    const zone = (own) => ({
      'index.js': `${own}exports.main = () => { process.env.SEEN = 1; return [new Date(0).getHours(), process.env.OWN, typeof process.env.SEEN] }`,
      'config.json': '{"timeout": 10, "envVariables": {"OWN": "own"}}',
    })
    const where = project(context, {
      plain: { 'index.js': 'exports.main = () => [new Date(0).getHours(), process.env.OWN, process.env.SEEN]' },
      assigned: zone("process.env.TZ = 'Asia/Shanghai'\n"),
      configured: { ...zone(''), 'config.json': '{"envVariables": {"OWN": "own", "TZ": "America/New_York"}}' },
    })
    const server = await start(context, where)
    const here = [new Date(0).getHours(), null, null]
    assert.deepEqual((await server.call('plain')).result, here)
    for (let round = 0; round < 2; round++) {
      assert.deepEqual((await server.call('assigned')).result, [8, 'own', 'string'])
      assert.deepEqual((await server.call('configured')).result, [19, 'own', 'string'])
      assert.deepEqual((await server.call('plain')).result, here)
    }
  })

  test('it may have threads and programs of its own, and finds itself on a main thread', async (context) => {
    const where = project(context, {
      threads: `const threads = require('worker_threads')
exports.main = () => new Promise((resolve) => {
  new threads.Worker("require('worker_threads').parentPort.postMessage('sent')", { eval: true })
    .on('message', (message) => resolve([message, threads.isMainThread, threads.parentPort, threads.workerData]))
})`,
      programs: "exports.main = () => require('child_process').execFileSync(process.execPath, ['-p', 'process.env.OWN'], { env: { ...process.env, OWN: 'own' } }).toString().trim()",
      modern: { 'index.mjs': "import { isMainThread } from 'node:worker_threads'\nimport cloud from 'wx-server-sdk'\nexport const main = () => [isMainThread, cloud.version]" },
      imports: "exports.main = async () => (await import('wx-server-sdk')).default.version",
    })
    const server = await start(context, where)
    assert.deepEqual((await server.call('threads')).result, ['sent', true, null, null])
    assert.equal((await server.call('programs')).result, 'own')
    assert.deepEqual((await server.call('modern')).result, [true, '4.0.2'])
    assert.equal((await server.call('imports')).result, '4.0.2')
  })

  test('nothing that it wrote is lost with it', async (context) => {
    const where = project(context, { writes: `exports.main = () => { for (let n = 0; n < 1000; n++) process.stdout.write('x'.repeat(1000)); console.log('last'); ${SPINS} }` })
    const { stdout, stderr } = await run(where, 'writes')
    assert.equal(stdout.length, 1e6)
    assert.match(stderr, /^last\nspinning\nerror: /)
  })

  test('a log without end is kept as far as it goes', async (context) => {
    const where = project(context, { prints: "exports.main = ({ text }) => { for (let n = 0; n < 20_000; n++) console.log(text) }" })
    const { log } = JSON.parse((await run(where, 'prints', '--json', '--event', '{"text":"x"}')).stdout)
    assert.equal(log.length, 10_001)
    assert.match(log.at(-1).text, /the rest of this log is not kept: 10000 lines and 4194304 bytes of a run are/)
  })
})
