'use strict'
// What a program does over and over takes no more memory the longer it does so. Each in a process of its own.
const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { describe, test } = require('node:test')

const GROWTH_MB_MAX = 250
/** Of what would grow without a bound, each would take a gigabyte and more. */
const ROWS = {
  'texts that are too long to store': [12, `await t.add({ data: { text } }).catch(() => {})`],
  'texts that nothing equals': [12, `await t.where({ text }).get()`],
  'texts that updates bring': [12, `await t.where({ _id: 'none' }).update({ data: { text } })`],
  'names that are too long': [12, `await db.collection(text).get().catch(() => {})`],
  'runs with large events': [600, `await testing.invoke('f', { text: event })`],
  'runs with large answers': [600, `await cloud.callFunction({ name: 'large' })`],
  'requests to the open API': [600, `await cloud.openapi.security.msgSecCheck({ content: event })`],
}
const program = (rounds, body) => `
  const cloud = require('./entry/sdk.js'), testing = require('./entry/testing.js')
  cloud.init({ env: 'local' })
  const db = cloud.database(), t = db.collection('t')
  const text = 'x'.repeat(50_000_000), event = 'x'.repeat(800_000)
  testing.functions.register('f', () => 1)
  testing.functions.register('large', () => event)
  ;(async () => {
    await db.createCollection('t')
    const round = async () => { ${body}; await new Promise(setImmediate) }
    for (let n = 0; n < 3; n++) await round()
    gc()
    const before = process.memoryUsage().rss
    for (let n = 0; n < ${rounds}; n++) await round()
    gc()
    await new Promise(setImmediate)
    testing.invocations()
    process.stdout.write(String((process.memoryUsage().rss - before) / 1e6))
  })()`

describe('memory', () => {
  for (const [name, [rounds, body]] of Object.entries(ROWS)) {
    test(name, (context) => {
      const grown = Number(execFileSync(process.execPath, ['--expose-gc', '-e', program(rounds, body)], {
        cwd: path.join(__dirname, '..'), encoding: 'utf8', timeout: 120_000,
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, WX_LOCAL_DATA_DIR: ':memory:', WX_LOCAL_DIAGNOSTICS: 'off' },
      }))
      context.diagnostic(`${grown.toFixed(0)} MB`)
      assert.ok(grown < GROWTH_MB_MAX, `it grew by ${grown} MB`)
    })
  }
})
