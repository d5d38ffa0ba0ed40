'use strict'
// The program of the command line when what it prints is not taken: its reader is gone, or the disk is full.
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { begin, calling, project, start } = require('./program.cjs')

const LOUD = `exports.main = ({ how }) => {
  console.log('printed')
  process.stdout.write('written\\n')
  if (how === 'late') setTimeout(() => { throw new Error('after the end') }, 1)
  if (how === 'throw') throw new Error('thrown')
  return 'answer'
}`
const TICK = { 'index.js': 'exports.main = () => { process.stderr.write("tick\\n") }', 'config.json': '{"triggers":[{"name":"each","type":"timer","config":"* * * * * * *"}]}' }
const hasFull = fs.existsSync('/dev/full')

async function serves({ call, end }) {
  for (let round = 0; round < 3; round++) {
    assert.equal((await call('loud')).result, 'answer')
    assert.equal((await call('loud', { how: 'late' })).result, 'answer')
    assert.match((await call('loud', { how: 'throw' })).errMsg, /thrown/)
    assert.equal((await call('nowhere')).status, 404)
  }
  const { code, signal } = await end()
  assert.deepEqual([code, signal], [130, null])
}

describe('start goes on serving', () => {
  test('when the readers of both streams are gone', async (context) => {
    const server = await start(context, project(context, { loud: LOUD }))
    server.child.stdout.destroy()
    server.child.stderr.destroy()
    await serves(server)
  })

  test('when nobody reads its welcome', async (context) => {
    const where = project(context, { loud: LOUD, tick: TICK })
    const server = begin(where, ['start'])
    context.after(() => server.child.kill('SIGKILL'))
    server.child.stdout.destroy()
    await server.says('tick ok')
    assert.doesNotMatch(server.said.stderr, /EPIPE/)
    const told = fs.readFileSync(path.join(where.directory, '.wx-server-sdk-local/gateway.json'), 'utf8')
    await serves(calling(server, JSON.parse(told)))
  })

  test('when the disk is full on which its log is', { skip: !hasFull }, async (context) => {
    const full = fs.openSync('/dev/full', 'w')
    context.after(() => fs.closeSync(full))
    const where = project(context, { loud: LOUD })
    const server = begin(where, ['start', '--json', '--data-dir', ':memory:'], [], ['pipe', 'pipe', full])
    context.after(() => server.child.kill('SIGKILL'))
    await server.says(/\n/, 'stdout')
    await serves(calling(server, JSON.parse(server.said.stdout)))
  })
})

describe('a command ends as it would', () => {
  const commands = [
    ['run', ['run', 'loud'], 0], ['run --json', ['run', 'loud', '--json'], 0],
    ['run of one that fails', ['run', 'loud', '--event', '{"how":"throw"}'], 1],
    ['export', ['export', 'todos'], 0], ['help', ['--help'], 0], ['a mistake', ['unknown'], 2],
  ]
  for (const [what, args, expected] of commands) {
    for (const gone of [['stdout'], ['stderr'], ['stdout', 'stderr']]) {
      test(`${what}, without a reader of ${gone.join(' and ')}`, async (context) => {
        const { child, exited } = begin(project(context, { loud: LOUD }), args)
        for (const stream of gone) child[stream].destroy()
        const { code, signal, stdout, stderr } = await exited
        assert.deepEqual([code, signal], [expected, null], stderr)
        assert.doesNotMatch(stderr, /EPIPE|node:/)
        if (what === 'run' && !gone.includes('stdout')) assert.equal(stdout, 'written\n"answer"\n')
      })
    }
  }

  test('what could not be stored is no success', { skip: !hasFull }, async (context) => {
    const full = fs.openSync('/dev/full', 'w')
    context.after(() => fs.closeSync(full))
    for (const args of [['run', 'loud'], ['run', 'loud', '--json'], ['export', 'todos'], ['check'], ['--help']]) {
      const where = project(context, { loud: LOUD })
      where.write('todos.json', '{"_id":"a"}\n')
      assert.equal((await begin(where, ['import', 'todos', 'todos.json']).exited).code, 0)
      const { code, signal, stderr } = await begin(where, args, [], ['pipe', full, 'pipe']).exited
      assert.deepEqual([code, signal], [1, null], args.join(' '))
      assert.match(stderr, /^(printed\n)?error: standard output: ENOSPC: no space left on device, write\n$/)
    }
  })

  test('a log that cannot be stored takes no answer with it', { skip: !hasFull }, async (context) => {
    const full = fs.openSync('/dev/full', 'w')
    context.after(() => fs.closeSync(full))
    const { code, signal, stdout } = await begin(project(context, { loud: LOUD }), ['run', 'loud'], [], ['pipe', 'pipe', full]).exited
    assert.deepEqual([code, signal, stdout], [0, null, 'written\n"answer"\n'])
  })
})
