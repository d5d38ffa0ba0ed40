'use strict'
// Loops that await a promise, or call again from a callback, until what was armed before them has come.
const assert = require('node:assert/strict')
// Node's own, whatever fakes a test puts in their place later.
const { setImmediate, setTimeout } = require('node:timers')

const ROUNDS = 20_000

/** What must come before a loop has gone round too often: a timer that is due by now and an immediate. */
function arm() {
  const waits = new Set(['timer', 'immediate'])
  const began = process.hrtime.bigint()
  setTimeout(() => waits.delete('timer'), 1)
  setImmediate(() => waits.delete('immediate'))
  while (process.hrtime.bigint() - began < 1_000_000n);
  return waits
}

const starved = (waits, rounds) => new assert.AssertionError({ message: `${[...waits]} did not come in ${rounds} rounds` })

/** Awaits `call` until nothing of `waits` is left. `outcome` begins with what is to become of it. */
async function goRound(call, outcome, waits = arm(), rounds = ROUNDS) {
  for (let round = 0; round < rounds; round++) {
    let came = 'fulfilled'
    try { await call(round) } catch { came = 'rejected' }
    assert.ok(outcome.startsWith(came), `it was ${came}`)
    if (waits.size === 0) return
  }
  throw starved(waits, rounds)
}

/** Calls from the callback of the call before. */
const goRoundInCallbacks = (call, outcome, waits = arm(), rounds = ROUNDS) => new Promise((resolve, reject) => {
  let round = 0
  const next = (came) => () => {
    if (!outcome.startsWith(came)) reject(new assert.AssertionError({ message: `it was ${came}` }))
    else if (waits.size === 0) resolve()
    else if (round++ === rounds) reject(starved(waits, rounds))
    else call({ success: next('fulfilled'), fail: next('rejected') })
  }
  call({ success: next('fulfilled'), fail: next('rejected') })
})

module.exports = { arm, goRound, goRoundInCallbacks }
