'use strict'
// Rounds of writers on one directory that are killed, stopped and continued, whose disk is filled and
// whose directory is copied meanwhile; after each round every write is counted. Arguments: how many
// rounds, and the seed. Run where it may mount (`unshare --mount`), it has a small disk of its own.
const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { directory, start, inAnother, random } = require('./support.cjs')

const [, , rounds, seed] = process.argv.map(Number)
const next = random(seed)
const upTo = (most) => 1 + Math.floor(next() * most)
const WRITERS = 3
const DISK_MB = 24
const OPTIONS = { WX_LOCAL_HOLDER_TIMEOUT_MS: '1000' }
const REFUSED = /damaged|do not belong together/
const EVERYTHING = `
  const rows = []
  for (let skip = 0; ; skip += 1000) {
    const { data } = await db.collection('log').orderBy('_id', 'asc').skip(skip).limit(1000).get()
    rows.push(...data)
    if (data.length < 1000) return rows
  }`

const elsewhere = os.tmpdir()
const done = { kills: 0, stops: 0, fills: 0, copies: 0, refused: 0, acknowledged: 0, unknown: 0 }
const place = fs.mkdtempSync(path.join(elsewhere, 'wx-local-disturbed-'))
const mounted = process.env.WX_LOCAL_DISTURBED_FILLS === '0' ? { status: 1 }
  : spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', place])
const hasDisk = mounted.status === 0

/** A directory of a round, and what is to be done when that is over. */
function made(within) {
  process.env.TMPDIR = within
  const ends = []
  const data = directory({ after: (end) => ends.push(end) })
  process.env.TMPDIR = elsewhere
  return { data, end: async () => { for (const end of ends) await end() } }
}

/** The writers of one round with all that they have told. */
class Round {
  constructor(index, data) {
    this.index = index
    this.data = data
    this.begun = 0
    this.all = []
    this.living = []
  }

  begin() {
    const writer = start(this.data, 'counter.cjs', [`r${this.index}w${this.begun++}`, upTo(3)], OPTIONS)
    writer.heard = 0
    this.all.push(writer)
    this.living.push(writer)
    return writer
  }

  any() { return this.living[Math.floor(next() * this.living.length)] }

  /** Waits until so many more writes have come to something, of these writers together. One that ends by itself fails it. */
  async hear(count, writers = this.living, outcome = /^(ack|none|unknown) /) {
    const heard = () => writers.reduce((sum, { lines }) => sum + lines.filter((line) => outcome.test(line)).length, 0)
    const enough = heard() + count
    while (heard() < enough) {
      await Promise.race(writers.map((writer) => writer.line('', writer.lines.length)))
    }
  }

  async kill(writer) {
    this.living.splice(this.living.indexOf(writer), 1)
    writer.kill()
    await writer.ended
    done.kills += 1
  }

  /** What every write came to, by its id; those that were only tried may have been stored. */
  told() {
    const told = new Map()
    for (const line of this.all.flatMap(({ lines }) => lines)) {
      const [word, id] = line.split(' ')
      if (id?.includes(':')) told.set(id, word === 'try' ? 'unknown' : word)
    }
    return told
  }
}

/** How often each write may be in `rows`, and that nothing else is. */
function check(rows, told, what) {
  const stored = new Map()
  for (const row of rows) if (row._id !== 'total') stored.set(row.of, (stored.get(row.of) ?? 0) + 1)
  const [least, most] = [{ ack: 1, unknown: 0, none: 0 }, { ack: 1, unknown: 1, none: 0 }]
  let [atLeast, atMost] = [0, 0]
  for (const [id, outcome] of told) {
    if (id.startsWith('increment:')) {
      atLeast += least[outcome]
      atMost += most[outcome]
      continue
    }
    const parts = id.startsWith('pair:') ? 2 : 1
    const found = (stored.get(id) ?? 0) / parts
    stored.delete(id)
    assert.ok(found === least[outcome] || found === most[outcome], `${what}: ${id} (${outcome}) is there ${found} times`)
  }
  assert.deepEqual([...stored], [], `${what}: nobody wrote that`)
  const { count } = rows.find(({ _id }) => _id === 'total')
  assert.ok(count >= atLeast && count <= atMost, `${what}: ${count} increments, of ${atLeast} to ${atMost}`)
}

const DISTURBANCES = {
  async kill(round) {
    await round.kill(round.any())
    round.begin()
  },

  async stop(round) {
    const stopped = round.any()
    const others = round.living.filter((writer) => writer !== stopped)
    stopped.child.kill('SIGSTOP')
    done.stops += 1
    // Long enough for others to give up, or as short as can be; and a stopped one may be killed.
    if (next() < 0.6) await round.hear(upTo(3), others)
    if (next() < 0.2) return replace(round, stopped)
    if (next() < 0.2) await replace(round, others[0])
    stopped.child.kill('SIGCONT')
    await round.hear(1, [stopped])
  },

  async fill(round) {
    if (!hasDisk) return
    const ballast = path.join(place, 'ballast')
    const file = fs.openSync(ballast, 'w')
    for (const size of [1 << 20, 1 << 16, 1 << 12]) {
      const zeros = Buffer.alloc(size)
      try { while (fs.writeSync(file, zeros) === size); } catch (error) { assert.equal(error.code, 'ENOSPC') }
    }
    fs.closeSync(file)
    done.fills += 1
    // A store has some room left in its files, so that more may be acknowledged.
    await round.hear(upTo(20))
    if (next() < 0.3) await replace(round, round.any())
    fs.rmSync(ballast)
    await round.hear(1, round.living, /^ack /)
  },

  async copy(round) {
    const before = [...round.told()].filter(([, outcome]) => outcome === 'ack').map(([id]) => id)
    const copy = made(elsewhere)
    // Files come and go meanwhile.
    spawnSync('cp', ['-a', `${round.data}/.`, copy.data])
    done.copies += 1
    try {
      const rows = await inAnother(copy.data, EVERYTHING, OPTIONS)
      const told = round.told()
      for (const [id, outcome] of told) if (outcome === 'ack') told.set(id, 'unknown')
      for (const id of before) told.set(id, 'ack')
      check(rows, told, 'the copy')
    } catch (error) {
      if (!REFUSED.test(error.message)) throw error
      done.refused += 1
    }
    await copy.end()
  },
}

async function replace(round, writer) {
  await round.kill(writer)
  round.begin()
}

async function carryOut(index) {
  OPTIONS.WX_LOCAL_DURABILITY = next() < 0.5 ? 'full' : 'process'
  const { data, end } = made(hasDisk ? place : elsewhere)
  try {
    await inAnother(data, `
      await db.createCollection('log')
      await db.collection('log').add({ data: { _id: 'total', count: 0 } })`, OPTIONS)
    const round = new Round(index, data)
    while (round.living.length < WRITERS) await round.begin().line('ready')
    for (let left = upTo(5); left > 0; left -= 1) {
      await round.hear(upTo(60))
      const names = Object.keys(DISTURBANCES)
      await DISTURBANCES[names[Math.floor(next() * names.length)]](round)
    }
    while (round.living.length > 0) await round.kill(round.any())
    const told = round.told()
    check(await inAnother(data, EVERYTHING, OPTIONS), told, `round ${index}`)
    for (const outcome of told.values()) {
      if (outcome === 'ack') done.acknowledged += 1
      if (outcome === 'unknown') done.unknown += 1
    }
  } finally {
    await end()
  }
}

async function main() {
  for (let index = 0; index < rounds; index += 1) await carryOut(index)
  const { kills, stops, fills, copies, refused, acknowledged, unknown } = done
  const leftOut = hasDisk ? '' : ' (left out: no small disk could be mounted)'
  console.log(`${rounds} rounds: ${kills} kills, ${stops} stops, ${fills} fills${leftOut}, ${copies} copies (${refused} refused); ${acknowledged} acknowledged, ${unknown} unknown`)
}

main().then(() => 0, (error) => { console.error(error); return 1 }).then((code) => {
  if (hasDisk) execFileSync('umount', ['--lazy', place])
  fs.rmSync(place, { recursive: true, force: true })
  process.exit(code)
})
