'use strict'
// A process that evaluates what its parent writes, line by line, and answers in JSON.
const readline = require('node:readline')
const cloud = require('../../entry/sdk.js')
const testing = require('../../entry/testing.js')
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()
const kept = {}

const AsyncFunction = (async () => {}).constructor
readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  const work = new AsyncFunction('db', '_', 'cloud', 'testing', 'kept', JSON.parse(line))
  let answer
  try {
    answer = { value: (await work(db, db.command, cloud, testing, kept)) ?? null }
  } catch (error) {
    answer = { error: { errCode: error.errCode, message: error.message } }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
})
