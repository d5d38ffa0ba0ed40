'use strict'
// A process that writes in every way to a shared directory until it is killed, and tells its parent
// of each write that it tries it, and then what became of it: `ack` (stored), `none` (not stored) or
// `unknown`. Arguments: its name, and how many writes at once.
const fs = require('node:fs')
const [, , name, width] = process.argv
const cloud = require('../../entry/sdk.js')
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()
const log = db.collection('log')

// Synchronous: what was told is known even if the next moment is the last.
const tell = (line) => fs.writeSync(1, `${line}\n`)

const WAYS = [
  ['add', (id) => log.add({ data: { of: id } })],
  ['increment', () => log.doc('total').update({ data: { count: db.command.inc(1) } })],
  ['pair', (id) => db.runTransaction(async (transaction) => {
    for (const part of [1, 2]) await transaction.collection('log').add({ data: { of: id, part } })
  })],
]
// What says so was not stored; what else failed may have been.
const NOTHING = /nothing (?:of it )?(?:was|is) stored|Transaction does not exist/
const UNKNOWN = /unknown|not known/

let number = 0
async function write() {
  for (;;) {
    const [way, carryOut] = WAYS[number % WAYS.length]
    const id = `${way}:${name}-${number++}`
    tell(`try ${id}`)
    try {
      await carryOut(id)
      tell(`ack ${id}`)
    } catch (error) {
      const text = String(error.message ?? error.errMsg).replaceAll('\n', ' ')
      tell(`${NOTHING.test(text) && !UNKNOWN.test(text) ? 'none' : 'unknown'} ${id} ${text}`)
      await new Promise(setImmediate)
    }
  }
}

// One read first, so that the parent knows who is ready. It fails while others are stopped, or their
// disk is full, which is told as well: the parent may wait for a word of whoever is left.
const ready = () => log.doc('total').get().catch((error) => {
  tell(`none read ${String(error.message ?? error.errMsg).replaceAll('\n', ' ')}`)
  return new Promise(setImmediate).then(ready)
})
ready().then(() => {
  tell('ready')
  return Promise.all(Array.from({ length: +width }, write))
})
