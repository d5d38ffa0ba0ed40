// Cases in batches: twins, which must answer alike, and wild ones, which must only leave the process
// as it was.

import { isDeepStrictEqual } from 'node:util'
import { NativePromise, Run } from './calls.mjs'
import { quietly, settles, silence } from './hooks.mjs'
import { describe } from './outcome.mjs'
import { dataOf, jsonOf, UNKNOWN, updatedOf } from './model.mjs'
import { makeCase } from './maker.mjs'

export const BATCH_CASES = 100
/** Of five batches three are of twins. */
export const isWildBatch = (batch) => batch % 5 === 1 || batch % 5 === 3
/** A promise that is not settled after so long is a failure of twins. */
export const PATIENCE_MS = 5_000
const LOOK_MS = 500
/** Wild ones may wait for ever: after so long without news nobody waits for them. */
const QUIET_MS = 100
/** Cases after which hooks get another world to disorder. */
const AGE_MAX = 10
/** Their answers are about what happened before, or about chance. */
const INCOMPARABLE = /^testing\.(?:calls|invocations|diagnostics|_requests)$|\.sample$|^createTest|^createClient/
/** After these a world is no longer like the others. */
const SPENDS = /^testing\.|^cloud Transaction\./

export class Batch {
  pending = 0
  problems = []
  /** Whether built-ins answered otherwise, in whatever case: what they spoilt may reject later. */
  isBroken = false
  /** Errors that hooks threw. */
  ours = new WeakSet()
  #waiting = new Set()
  #spent = []
  #age = 0

  constructor(scene, { seed, ids, pool, beat, only, made, patience = 1 }) {
    Object.assign(this, { scene, seed, ids, pool, isWild: pool.isWild, beat, only, made, patienceMs: PATIENCE_MS * patience })
  }

  /** `call` is a call of a hook, if it is that which failed. */
  problem(made, check, detail, call) {
    const nested = call && { name: call.entry.name, receiver: call.receiver, args: call.args }
    this.problems.push({ id: made?.id, name: made?.name, check, detail, nested })
  }

  /** Calls `then` with what `start` calls back with, or with `undefined` after a long time. */
  waits(start, then) {
    let isOver = false
    const since = performance.now()
    const end = (answer) => {
      if (isOver) return
      isOver = true
      this.#waiting.delete(look)
      then(answer)
    }
    const look = () => { if (performance.now() - since > this.patienceMs) quietly(() => end(undefined)) }
    this.#waiting.add(look)
    start(end)
  }

  async run() {
    const clock = setInterval(() => { for (const look of this.#waiting) look() }, LOOK_MS)
    try {
      if (this.isWild) await this.#wild(); else await this.#twins()
      this.beat(-1)
      await ordinary(this.scene)
    } catch (error) {
      this.problem(undefined, 'ordinary use', error.stack ?? String(error))
    }
    clearInterval(clock)
    return this.problems
  }

  /** Those of the batch, one of them, or a given one in its place. */
  *#cases() {
    const { scene, seed, ids, isWild, only, made } = this
    for (const id of ids) {
      if (only !== undefined && id !== only) continue
      this.beat(id)
      yield made ?? quietly(() => makeCase(seed, id, { exports: scene.exports, isWild }))
    }
  }

  // ---- twins -------------------------------------------------------------------------------------

  async #twins() {
    let worlds = await this.#pair()
    for (const made of this.#cases()) {
      await this.#refresh()
      const [inert, busy] = [new Run(this, made, { world: worlds[0], isBusy: false }), new Run(this, made, { world: worlds[1], isBusy: true })]
      const [left, right] = [await inert.answer(), await busy.answer()]
      if (left.text !== right.text && !INCOMPARABLE.test(made.name)) this.problem(made, 'twins', { without: left.text, with: right.text })
      if (left.text === 'never settles') this.problem(made, 'settles', `not within ${this.patienceMs / 1000} s`)
      await this.#against(made, left, worlds[0], 'without')
      await this.#against(made, right, worlds[1], 'with')
      if (SPENDS.test(made.name)) {
        await this.#same(worlds, made)
        worlds = await this.#pair(worlds)
      }
    }
    await this.#same(worlds)
    await this.#drained()
    for (const world of [...worlds, ...this.#spent]) world.dispose()
  }

  /** The world for what hooks do elsewhere: another one from time to time, since they leave it in disorder. */
  async #refresh() {
    if (this.scratch !== undefined && !this.scratch.isSpent && this.#age++ < AGE_MAX) return
    this.scratch = await this.scene.world()
    this.#spent.push(this.scratch)
    this.#age = 0
  }

  async #pair(old = []) {
    for (const world of old) world.dispose()
    return [await this.scene.world(), await this.scene.world()]
  }

  /** What was stored, or arrived, is what the arguments say. */
  async #against(made, answer, world, side) {
    const data = made.args[0]?.object?.find(({ key }) => key === 'data')?.value
    if (answer.failure !== undefined || data === undefined) return
    if (/(?:CollectionReference\.add|DocumentReference\.set)$/.test(made.name) && !this.#isElsewhere(made)) {
      const expected = dataOf(data)
      if (expected === UNKNOWN || Array.isArray(expected) || Object(expected) !== expected) return
      const id = answer.value?._id
      if (typeof id !== 'string' || !/^d\d/.test(id)) return
      const stored = await this.#stored(world, 't', id)
      if (stored === UNKNOWN) return
      const { _openid, ...rest } = stored ?? {}
      this.#compare(made, side, rest, { ...expected, _id: id })
    } else if (made.name.endsWith('DocumentReference.update') && answer.value?.stats?.updated === 1 && !this.#isElsewhere(made)) {
      await this.#updated(made, world, side)
    } else if (made.name === 'cloud.callFunction' && answer.value?.result?.userInfo !== undefined) {
      const expected = jsonOf(data)
      const { userInfo, ...event } = answer.value.result
      if (expected !== UNKNOWN) this.#compare(made, side, event, expected)
    }
  }

  /** Fields that were updated hold what the arguments say. */
  async #updated(made, world, side) {
    const data = made.args[0].object.find(({ key }) => key === 'data').value.object ?? []
    const fields = data.filter(({ key, how, value }) => !key.includes('.') && how !== 'hidden' && updatedOf(value) !== UNKNOWN)
    const [, collection, id] = /collection\('(\w+)'\).*\.doc\('(\w+)'\)/.exec(this.#receiverOf(made)) ?? []
    if (id === undefined || fields.length === 0) return
    const stored = await this.#stored(world, collection, id)
    if (stored === UNKNOWN) return
    for (const { key, value } of fields) this.#compare(made, side, stored?.[key], updatedOf(value))
  }

  /** A document; `UNKNOWN` if it has what looks like a geometry and is none, which nobody can read. */
  async #stored(world, collection, id) {
    try {
      return (await world.enter(() => this.scene.cloud.database().collection(collection).where({ _id: id }).get())).data[0]
    } catch { return UNKNOWN }
  }

  #receiverOf({ name, receiver }) {
    const { receivers } = this.scene.exports.byName.get(name)
    return receivers[receiver % receivers.length]
  }

  /** Whether it is stored where the model does not look. */
  #isElsewhere(made) {
    return /^txn|env: 'other'/.test(this.#receiverOf(made))
  }

  #compare(made, side, found, expected) {
    const [left, right] = [found, expected].map((value) => describe(sorted(value)))
    if (left !== right) this.problem(made, 'model', { side, found: left, expected: right })
  }

  async #same([left, right], made) {
    try {
      const [one, two] = [await left.documents(), await right.documents()]
      const [without, with_] = [describe(one), describe(two)]
      if (without !== with_) this.problem(made, 'data', { without, with: with_ })
    } catch (error) {
      if (!/was disposed/.test(error.message)) throw error
    }
  }

  // ---- wild ones ---------------------------------------------------------------------------------

  async #wild() {
    const runs = []
    try {
      for (const made of this.#cases()) {
        await this.#refresh()
        quietly(() => runs.push(this.#begun(made, this.scratch)))
        // Patches would act on the cases that follow.
        if (made.patches !== undefined) {
          await this.#drained(1)
          quietly(() => runs.at(-1).close())
        }
      }
      await this.#drained()
    } finally {
      for (const run of runs) run.close()
      silence()
    }
    for (const world of this.#spent) {
      try { await world.documents() } catch (error) {
        if (!/was disposed/.test(error.message)) throw error
      }
      world.dispose()
    }
  }

  #begun(made, world) {
    const run = new Run(this, made, { world, isBusy: true })
    this.pending++
    settles(run.answer(), () => { this.pending-- }, (error) => {
      this.pending--
      this.problem(made, 'harness', String(error?.stack))
    })
    return run
  }

  /** Until nothing is pending, or nothing has happened for some time. */
  async #drained(quietMs = QUIET_MS) {
    let since = performance.now()
    for (let before = this.pending; this.pending > 0 && performance.now() - since < quietMs;) {
      await new NativePromise(setImmediate)
      if (this.pending !== before) { before = this.pending; since = performance.now() }
    }
  }
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted)
  if (Object(value) !== value || value instanceof Date) return value
  // Of a geometry.
  if (typeof value.toJSON === 'function') return sorted(value.toJSON())
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, part]) => [key, sorted(part)]))
}

const ORDINARY = [
  { _id: '1', price: 5, qty: 2, note: 'hello', tags: ['a', 'b'] }, { _id: '2', at: new Date(6), deep: { list: [{ x: null }, true, false], text: '文字😀' } },
  { _id: '3', numbers: Array.from({ length: 40 }, (_, n) => n / 2), empty: {}, none: [] },
]

/** What programs do every day, in the default world. Throws if anything of it is wrong. */
async function ordinary({ cloud, testing }) {
  const check = (found, expected) => {
    if (!isDeepStrictEqual(found, expected)) throw new Error(`ordinary use: ${describe(found)} instead of ${describe(expected)}`)
  }
  testing.faults.clear()
  await testing.reset()
  testing.clock.reset()
  testing.functions.register('ordinary', (event) => event.value)
  const db = cloud.database()
  await db.createCollection('ordinary')
  const c = db.collection('ordinary')
  await c.add({ data: ORDINARY })
  check((await c.get()).data, ORDINARY)
  check((await c.where({ qty: db.command.gt(1) }).get()).data, [ORDINARY[0]])
  await c.doc('1').update({ data: { qty: db.command.inc(3) } })
  check((await c.aggregate().match({ _id: '1' }).project({ qty: 1 }).end()).list, [{ _id: '1', qty: 5 }])
  check((await cloud.callFunction({ name: 'ordinary', data: { value: ORDINARY[0] } })).result, ORDINARY[0])
  await testing.reset()
}
