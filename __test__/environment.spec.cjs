'use strict'
// Which environment a call belongs to, wherever the variables that tell it are: the process's own, an object
// that the program puts in their place, the copy that a worker has.
const assert = require('node:assert/strict')
const { afterEach, beforeEach, test } = require('node:test')
const { once } = require('node:events')
const { SHARE_ENV, Worker } = require('node:worker_threads')

const cloud = require('..')
const { reset } = require('../entry/testing.js')

const original = process.env
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const collection = cloud.database().collection('notes')
const count = () => collection.count().then(({ total }) => total, ({ errCode }) => errCode)
const inEnvironment = async (name, documents) => {
  const db = cloud.database({ env: name })
  await db.createCollection('notes')
  for (let i = 0; i < documents; i++) await db.collection('notes').add({ data: {} })
}

beforeEach(async () => {
  await reset()
  await inEnvironment('one', 1)
  await inEnvironment('two', 2)
})
afterEach(() => {
  process.env = original
  for (const name of ['SCF_NAMESPACE', 'TCB_ENV', 'TCB_CONTEXT_KEYS']) delete process.env[name]
})

test('a variable counts from the moment in which it is set', async () => {
  assert.equal(await count(), -502005)
  process.env.SCF_NAMESPACE = 'one'
  assert.equal(await count(), 1)
  process.env.SCF_NAMESPACE = 'two'
  assert.equal(await count(), 2)
  process.env.TCB_ENV = 'one'
  assert.equal(await count(), 2, 'TCB_ENV is not listed')
  process.env.TCB_CONTEXT_KEYS = 'TCB_ENV'
  assert.equal(await count(), 1)
  delete process.env.TCB_ENV
  delete process.env.SCF_NAMESPACE
  assert.equal(await count(), -502005)
})

test('an object in place of process.env is asked instead', async () => {
  process.env.SCF_NAMESPACE = 'one'
  process.env = { ...original, SCF_NAMESPACE: 'two' }
  assert.equal(await count(), 2)
  process.env = {}
  assert.equal(await count(), -502005)
  process.env = original
  assert.equal(await count(), 1)
})

test('a worker is asked for its own variables', async () => {
  const program = `
    const cloud = require(${JSON.stringify(require.resolve('..'))})
    cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
    const db = cloud.database()
    const found = async () => {
      await db.createCollection('here').catch(() => {})
      const named = cloud.database({ env: process.env.SCF_NAMESPACE })
      return named.collection('here').count().then(({ total }) => total, ({ errCode }) => errCode)
    }
    found().then((answer) => require('node:worker_threads').parentPort.postMessage(answer))`
  process.env.SCF_NAMESPACE = 'one'
  const worker = new Worker(program, { eval: true, env: { ...original, SCF_NAMESPACE: 'own' } })
  const [answer] = await once(worker, 'message')
  await worker.terminate()
  assert.equal(answer, 0)
})

test('a worker that shares the variables of the process is asked for those', async () => {
  const program = `
    const { parentPort } = require('node:worker_threads')
    const cloud = require(${JSON.stringify(require.resolve('..'))})
    cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
    const notes = () => cloud.database().collection('notes').count().then(({ total }) => total, ({ errCode }) => errCode)
    const answer = async () => {
      const answers = []
      for (const name of ['one', 'two']) {
        const db = cloud.database({ env: name })
        await db.createCollection('notes')
        if (name === 'two') await db.collection('notes').add({ data: {} })
        process.env.SCF_NAMESPACE = name
        answers.push(await notes())
      }
      delete process.env.SCF_NAMESPACE
      return [...answers, await notes()]
    }
    answer().then((answers) => parentPort.postMessage(answers))`
  const worker = new Worker(program, { eval: true, env: SHARE_ENV })
  const [answers] = await once(worker, 'message')
  await worker.terminate()
  assert.deepEqual(answers, [0, 1, -502005])
})

test('looking for the own variables leaves none behind', () => {
  assert.deepEqual(Object.keys(process.env).filter((name) => name.startsWith('WX_LOCAL_PROBE')), [])
})
