'use strict'
// A process that writes to a shared directory and tells its parent what was acknowledged.
// Arguments: its name, how many writes at once, and how many writes in all (0: until it is killed).
const fs = require('node:fs')
const [, , name, width, count] = process.argv
const cloud = require('../../entry/sdk.js')
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()
const _ = db.command

// Synchronous: what was acknowledged is known even if the next moment is the last.
const tell = (line) => fs.writeSync(1, `${line}\n`)

let number = 0
async function write() {
  while (+count === 0 || number < +count) {
    const id = `${name}-${number++}`
    try {
      const { _id } = await db.collection('log').add({ data: { of: id, count: 0 } })
      await db.collection('log').doc(_id).update({ data: { count: _.inc(1) } })
      tell(`ack ${id}`)
    } catch (error) {
      tell(`error ${id} ${error.errCode} ${error.message.replaceAll('\n', ' ')}`)
    }
  }
}

// One read first, so that the parent knows who is ready.
db.collection('log').doc('total').get().then(() => {
  tell('ready')
  return Promise.all(Array.from({ length: +width }, write))
}).then(() => tell('end'))
