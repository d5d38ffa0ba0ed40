'use strict'
// `explain: true`: what a call would look at, as the developer tools answer it.
const { test, describe, before } = require('node:test')
const assert = require('node:assert')
const testing = require('../entry/testing.js')
const { local, quietly } = require('./support.cjs')

const cloud = local.createNewInstance({ env: local.DYNAMIC_CURRENT_ENV })
const db = cloud.database()
const _ = db.command
const orders = db.collection('explained')

const stages = (plan) => (plan ? [plan.stage, ...stages(plan.inputStage)] : [])

describe('explain', () => {
  before(() => testing.seed({
    explained: {
      documents: Array.from({ length: 50 }, (_value, n) => ({ _id: n, n, group: n % 5 })),
      indexes: [{ keys: { group: 1, n: -1 }, name: 'group_n' }],
    },
  }))

  test('get tells its plan, what it read and that nothing was modified', async () => {
    const answer = await orders.where({ group: 2, n: _.gt(20) }).get({ explain: true })
    assert.deepStrictEqual(Object.keys(answer), ['queryPlanner', 'executionStats', 'queryModifications', 'errMsg'])
    assert.strictEqual(answer.errMsg, 'collection.get:ok')
    assert.deepStrictEqual(answer.queryModifications, [])
    const plan = answer.queryPlanner.winningPlan
    assert.deepStrictEqual(stages(plan), ['LIMIT', 'FETCH', 'IXSCAN'])
    assert.strictEqual(plan.limitAmount, 100)
    const { indexName, keyPattern, indexBounds } = plan.inputStage.inputStage
    assert.deepStrictEqual([indexName, keyPattern], ['group_n', { group: 1, n: -1 }])
    assert.deepStrictEqual(indexBounds, { group: ['[2, 2]'], n: ['[inf.0, 20)'] })
    const { nReturned, totalKeysExamined, totalDocsExamined } = answer.executionStats
    assert.deepStrictEqual([nReturned, totalKeysExamined, totalDocsExamined], [6, 6, 6])
  })

  test('get without an index tells of the scan', async () => {
    const answer = await orders.where({ n: 7 }).orderBy('n', 'asc').skip(1).limit(2).get({ explain: true })
    assert.deepStrictEqual(stages(answer.queryPlanner.winningPlan), ['SKIP', 'SORT', 'SORT_KEY_GENERATOR', 'COLLSCAN'])
    assert.strictEqual(answer.executionStats.totalDocsExamined, 50)
  })

  test('count tells how it would count', async () => {
    const answer = await orders.where({ group: 1 }).count({ explain: true })
    assert.strictEqual(answer.errMsg, 'collection.count:ok')
    assert.deepStrictEqual(stages(answer.queryPlanner.winningPlan), ['COUNT', 'FETCH', 'IXSCAN'])
    assert.strictEqual(answer.executionStats.executionStages.nCounted, 10)
  })

  test('update and remove write nothing and say that the cloud would', async () => {
    const told = () => testing.diagnostics().filter(({ name }) => name === 'explain-ignored').length
    const [before, earlier] = [await testing.dump('explained'), told()]
    await quietly(async () => {
      const updated = await orders.where({ group: 1 }).update({ data: { n: 0 }, explain: true })
      assert.strictEqual(updated.errMsg, 'collection.update:ok')
      assert.strictEqual(updated.executionStats.executionStages.nMatched, 10)
      const removed = await orders.where({ n: 3 }).remove({ explain: true })
      assert.strictEqual(removed.errMsg, 'collection.remove:ok')
      assert.deepStrictEqual(stages(removed.queryPlanner.winningPlan), ['DELETE', 'COLLSCAN'])
    })
    assert.deepStrictEqual(await testing.dump('explained'), before)
    assert.strictEqual(told() - earlier, 2)
  })

  test('end tells of the first search and the stages behind it', async () => {
    const pipeline = () => orders.aggregate().match({ group: 3 }).group({ _id: '$n' })
    const answer = await pipeline().end({ explain: true })
    assert.strictEqual(answer.errMsg, 'collection.aggregate:ok')
    assert.deepStrictEqual(stages(answer.queryPlanner.winningPlan), ['FETCH', 'IXSCAN'])
    assert.strictEqual(answer.executionStats.totalDocsExamined, 10)
    assert.deepStrictEqual(answer.stages.map((stage) => Object.keys(stage)[0]), ['$cursor', '$group'])
    assert.strictEqual((await pipeline().end()).list.length, 10)
  })

  test('only true asks for it, and errors stay as they are', async () => {
    for (const explain of [undefined, false, 1, 'true']) {
      assert.deepStrictEqual(Object.keys(await orders.limit(1).get({ explain })), ['data', 'errMsg'])
    }
    assert.deepStrictEqual(Object.keys(await orders.count('explain')), ['total', 'errMsg'])
    await assert.rejects(db.collection('nowhere').get({ explain: true }), { errCode: -502005 })
    await assert.rejects(orders.where({ n: _.mod(0, 1) }).count({ explain: true }), { errCode: -502001 })
  })

  test('a transaction explains what it sees', async () => {
    const transaction = await db.startTransaction()
    const inside = transaction.collection('explained')
    await inside.add({ data: { _id: 'new', group: 4 } })
    const answer = await inside.where({ group: 4 }).get({ explain: true })
    assert.strictEqual(answer.executionStats.nReturned, 11)
    await transaction.rollback()
  })
})
