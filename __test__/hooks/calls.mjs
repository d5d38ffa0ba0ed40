// One call of an export with hooked arguments, and what it answers.

import { types } from 'node:util'
import { LISTS } from './maker.mjs'
import { isLoud, listen, loudly, quietly, settles } from './hooks.mjs'
import { describe, objectionTo } from './outcome.mjs'
import { install } from './patches.mjs'

const { apply, construct } = Reflect
const NativePromise = Promise
/** What a class, or a member that is not for users, says of an object that none of ours made. */
const HANDLE = /an internal handle was replaced/
/** Prime, so that the cases' calls in a row begin everywhere. */
export const BURST_STEP = 131
const PRIMITIVES = new Set(['thrown by a hook', 4711, undefined, null])

/** One side of a twin, or a wild case, while it runs. */
export class Run {
  fired = new Map()
  live = new Map()
  isOpen = true
  #undo = []

  constructor(batch, made, { world, isBusy }) {
    Object.assign(this, { batch, made, world, isBusy, scene: batch.scene })
  }

  /** What a hook throws; `isOurs` knows it again. */
  thrown(text) {
    const value = this.scene.builder.value(text, this.world.roots)
    if (Object(value) === value) this.batch.ours.add(value)
    return value
  }

  isOurs = (error) => Object(error) === error ? this.batch.ours.has(error) : PRIMITIVES.has(error) || typeof error === 'symbol'

  /** Carries out what a hook does. The value that is being read stays, or the case is a wild one. */
  perform(act) {
    if (act.collects !== undefined) return globalThis.gc?.({ type: act.collects })
    if (act.changes !== undefined) return this.scene.builder.change(act.changes, this.live.get(act.of))
    const elsewhere = this.made.isWild ? this.world : this.batch.scratch
    if (act.again) return this.#nested(elsewhere, { entry: this.#entry, ...this.made })
    const { exports } = this.scene
    if (act.burst !== undefined) {
      // Hooks of the pool are the same in all cases: each case begins with another export.
      const from = act.burst + this.made.id * BURST_STEP
      for (let at = from; at < from + act.count; at++) this.#fromPool(elsewhere, { at: at % exports.length, choice: (act.choice + this.made.id) % LISTS, receiver: at })
      return
    }
    this.#fromPool(act.isElsewhere ? elsewhere : this.world, { at: act.call, ...act })
  }

  #fromPool(world, { at, choice, receiver, isElsewhere, follows, args = this.batch.pool.list(at, choice) }) {
    const entry = this.scene.exports[at]
    // What a transaction may still do is the same for both twins.
    const receivers = isElsewhere === false ? entry.outside : entry.receivers
    this.#nested(world, { entry, receivers, receiver, follows, args })
  }

  #nested(world, call) {
    let value
    try { value = this.#called(world, call) } catch (error) { return this.#judge(error, call) }
    this.#watched(value, call)
    if (!call.follows) return
    try { this.#watched(loudly(() => world.enter(() => followed(value))), call) } catch (error) { this.#judge(error, call) }
  }

  #watched(value, call) {
    if (!types.isPromise(value)) return
    const { batch } = this
    batch.pending++
    settles(value, () => { batch.pending-- }, (error) => { batch.pending--; this.#judge(error, call) })
  }

  /** `call` is what failed, if it is not the case's own call. */
  #judge(error, call) {
    const entry = call?.entry ?? this.#entry
    const objection = objectionTo(error, this.isOurs, this.batch.isBroken)
    if (objection === undefined || (HANDLE.test(objection) && (entry.isClass || entry.key?.startsWith('_')))) return
    this.batch.problem(this.made, 'error', objection, call)
  }

  get #entry() {
    return this.scene.exports.byName.get(this.made.name)
  }

  #called(world, { entry, receiver, receivers = entry.receivers, args, proxied }) {
    const { builder } = this.scene
    const text = receivers[receiver % receivers.length]
    const target = world.receiver(text)
    if (entry.name === 'testing.dispose' && text === 'testing') world.isSpent = true
    const built = args.map((arg) => builder.build(arg, this))
    const self = proxied === undefined ? target : builder.build({ ...proxied, parts: [{ given: target }] }, this)
    this.scene.counts[entry.at]++
    const work = () => {
      if (entry.isClass) return construct(target.constructor, built)
      return entry.key === undefined ? apply(target, undefined, built) : apply(target[entry.key], self, built)
    }
    return loudly(entry.hasFrame ? () => world.enter(work) : work)
  }

  /** Makes the case's call; resolves with a text for its answer. */
  answer() {
    return new NativePromise((resolve) => quietly(() => {
      const { patches = [] } = this.made
      this.batch.isBroken ||= patches.some(({ returns }) => returns !== undefined)
      for (const patch of patches) this.#undo.push(install(patch, this, (original) => this.#returned(patch, original)))
      const end = (answer) => {
        if (!this.made.isWild) this.close()
        resolve(answer)
      }
      this.#settled(() => this.#called(this.world, { entry: this.#entry, ...this.made }), (first) => {
        if (first.failure !== undefined || first.value === undefined) return end(first)
        this.#settled(() => loudly(() => this.world.enter(() => followed(first.value))), (next) => {
          const isNothing = next.value === undefined && next.failure === undefined
          end(isNothing ? first : { ...first, text: `${first.text}; then ${next.text}` })
        })
      })
    }))
  }

  /** Takes the patches back; from now on hooks of this case only pass on. */
  close() {
    this.isOpen = false
    quietly(() => { for (const back of this.#undo.splice(0).reverse()) back() })
  }

  #returned(patch, original) {
    return patch.returns !== undefined && isLoud() ? quietly(() => this.scene.builder.build(patch.returns, this)) : original()
  }

  /** Calls `then` with the answer of a call, when there is one. */
  #settled(call, then) {
    let value
    try { value = call() } catch (error) {
      this.#judge(error)
      return then({ text: `throws ${describe(error)}`, failure: error })
    }
    if (!types.isPromise(value)) return then({ text: `returns ${describe(value)}`, value })
    const end = listen()
    this.batch.waits(
      (done) => settles(value, (result) => done({ result }), (error) => done({ error })),
      (answer) => { end(); then(this.#told(answer)) },
    )
  }

  #told(answer) {
    if (answer === undefined) return { text: 'never settles', failure: 'never settles' }
    if (!('error' in answer)) return { text: `resolves with ${describe(answer.result)}`, value: answer.result }
    this.#judge(answer.error)
    return { text: `rejects with ${describe(answer.error)}`, failure: answer }
  }
}

/** What was made of an argument shows when it is used. */
function followed(value) {
  if (Object(value) !== value) return undefined
  const { name } = Object.getPrototypeOf(value)?.constructor ?? {}
  if (name === 'Query' || name === 'CollectionReference' || name === 'DocumentReference') return value.get()
  if (name === 'Aggregate') return value.end()
  if (name === 'Aggregation') return value.done()
  return undefined
}

export { NativePromise }
