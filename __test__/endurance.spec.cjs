'use strict'
// `start` through many runs that exceed their time and never yield: nothing of them stays.
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { begin, calling, project } = require('./program.cjs')

const ROUNDS = Number(process.env.WX_LOCAL_TIMEOUT_ROUNDS ?? 48)
const skip = process.platform === 'linux' ? false : 'threads and memory are read in /proc'

test(`${ROUNDS} time-outs leave neither threads nor memory`, { skip }, async (context) => {
  const where = project(context, { spins: 'exports.main = () => { for (;;); }', hello: 'exports.main = () => "hello"' })
  const server = begin(where, ['start', '--json', '--data-dir', ':memory:'], ['--require', path.join(__dirname, 'short-seconds.cjs')])
  context.after(() => server.child.kill('SIGKILL'))
  await server.says(/\n/, 'stdout')
  const { call, end } = calling(server, JSON.parse(server.said.stdout))
  const measured = async () => {
    // Whatever is left of those before has its instance ended by now, or never.
    assert.equal((await call('hello')).result, 'hello')
    const status = fs.readFileSync(`/proc/${server.child.pid}/status`, 'utf8')
    const value = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1])
    return { threads: value('Threads'), mb: value('VmRSS') / 1024 }
  }
  const round = async (count) => {
    for (const { status, errMsg } of await Promise.all(Array.from({ length: count }, () => call('spins')))) {
      assert.equal(status, 500)
      assert.match(errMsg, /timed out after 1 seconds/)
    }
  }
  // As many at once as there may be instances.
  const AT_ONCE = 8
  await round(AT_ONCE)
  await round(AT_ONCE)
  const before = await measured()
  let most = before
  for (let done = 0; done < ROUNDS; done += AT_ONCE) {
    await round(AT_ONCE)
    const now = await measured()
    most = { threads: Math.max(most.threads, now.threads), mb: Math.max(most.mb, now.mb) }
  }
  const text = JSON.stringify({ before, most })
  context.diagnostic(text)
  // An instance in the middle of its end is still counted.
  assert.ok(most.threads <= before.threads + AT_ONCE + 2, text)
  assert.ok(most.mb <= before.mb + 150, text)
  assert.equal((await end()).code, 130)
})
