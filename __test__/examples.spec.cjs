'use strict'
// Every call of the control API has an example in its declaration, and the example runs.
process.env.WX_LOCAL_DATA_DIR = ':memory:'
process.env.WX_LOCAL_DIAGNOSTICS = 'off'
const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, beforeEach, test } = require('node:test')
require('../entry/register.js')
const cloud = require('../entry/sdk.js')
const testing = require('../entry/testing.js')

const AsyncFunction = (async () => {}).constructor
const home = process.cwd()
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wx-examples-'))
after(() => { process.chdir(home); fs.rmSync(directory, { recursive: true, force: true }) })

/** Calls by name with their examples, as `testing.d.ts` has them: `clock.set` for a call in a group. */
function examples() {
  const found = new Map()
  let [group, text, inComment] = ['', [], false]
  for (const line of fs.readFileSync(path.join(__dirname, '../testing.d.ts'), 'utf8').split('\n')) {
    if (line.trim() === '/**') [text, inComment] = [[], true]
    else if (line.trim() === '*/') inComment = false
    else if (inComment) text.push(line.replace(/^ *\* ?/, ''))
    else {
      const opened = /^ {2}readonly (\w+): \{$/.exec(line)
      if (opened) group = `${opened[1]}.`
      else if (line === '  }') group = ''
      const call = /^(?: {2,4}|export declare function )(\w+)[(<]/.exec(line)
      const at = text.indexOf('@example')
      if (call && at >= 0) found.set(`${line.startsWith('export') ? '' : group}${call[1]}`, text.slice(at + 1).join('\n'))
      if (call) text = []
    }
  }
  return found
}

function write(name, text) {
  const file = path.join(directory, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

beforeEach(async () => {
  write('cloudfunctions/todo/index.js', "exports.main = async ({ action }) => ({ action })")
  write('cloudfunctions/todo/config.json', '{ "triggers": [{ "name": "nightly", "type": "timer", "config": "0 0 3 * * * *" }] }')
  write('fixtures/todos.csv', '_id,text\nb,eggs\n')
  process.chdir(directory)
  testing.functions.use('cloudfunctions')
  await testing.reset()
  await testing.seed({ todos: [{ _id: 'a', text: 'milk' }] })
  cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
})

/** What an example may name besides the calls: what the tests around it would have. */
async function surroundings(name) {
  testing.functions.register('paid', () => ({ errcode: 0 }))
  await cloud.cloudPay.unifiedOrder({
    body: 'tea', outTradeNo: 'order-1', totalFee: 1, spbillCreateIp: '127.0.0.1', subMchId: '1', envId: 'local', functionName: 'paid',
  })
  testing.functions.register('login', () => 'fine')
  if (name === 'cloudPay.settleRefund') {
    await testing.cloudPay.pay('order-1')
    await cloud.cloudPay.refund({ outTradeNo: 'order-1', outRefundNo: 'refund-1', totalFee: 1, refundFee: 1, envId: 'local', functionName: 'paid' })
  }
  await testing.invoke('todo')
  if (name === 'calls') await cloud.openapi.subscribeMessage.send({ touser: 'a', templateId: 't', data: {} })
  const { export: _, import: __, ...calls } = testing
  return {
    ...calls, testing, cloud, assert, require,
    before: await testing.snapshot(),
    world: testing.createTest(),
    beforeEach: (work) => work(),
    expect: () => ({ toMatchSnapshot() {} }),
  }
}

const found = examples()
for (const [name, source] of found) {
  test(`${name}: its example runs`, async () => {
    const known = await surroundings(name)
    if (name === 'run' || name === 'dispose') await known.world.seed({ todos: [] })
    // `await using` is newer than Node 20.
    const runnable = source.replace('await using ', 'const ')
    await new AsyncFunction(...Object.keys(known), `{ ${runnable}\n }`)(...Object.values(known))
  })
}

test('every call has one', () => {
  const world = testing.createTest()
  const names = ['createTest']
  for (const [name, call] of Object.entries(world)) {
    if (typeof call === 'function') names.push(name)
    else names.push(...Object.keys(call).map((inner) => `${name}.${inner}`))
  }
  assert.deepEqual([...found.keys()].sort(), names.sort())
})
