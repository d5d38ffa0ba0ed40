// Chance makes cases: plain data that say what is called, with what, and what hooks do meanwhile.
// A case depends on its seed and its number alone.

import { Dice } from '../fuzz/random.mjs'
import { argumentsOf } from './hints.mjs'
import { patchesOf } from './patches.mjs'
import { CHANGING, FUNCTIONS, HUGE, LARGE, MUTATIONS, ODD, PADS, TRAPS, WRAPPERS } from './snippets.mjs'

/** Levels of values. */
const LEVELS_MAX = 3
/** Of so many cases one stores something. */
const STORED_IN = 6
/** Hooks with calls in one case: more would only take longer. */
const ACTING_MAX = 5
/** Small numbers are also the tags of packed values. */
const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, -1, 0.5, 65_536, 4_294_967_296, 100, 1e21]
const TEXTS = ['a', 'b', 'hello', '文字', '😀', '$a', 'a.b', 't', 'CNY', '1970', '{}', '\u0000', 'toJSON', 'a long text, longer than others are']
const KEYS = ['a', 'b', 'c', 'd', 'name', 'price', 'qty', 'tags', '0', '1', 'a.b', '键', 'with space', 'length', 'constructor', '__proto__', 'data', 'env', 'then', '']
const BRANDS = ['query', 'logic', 'update', 'serverDate', 'pattern', 'Point', 'LineString', 'MultiPolygon', 'pipeline', 'toString']
/** Lists of arguments for one export, and calls in a row, in hooks. */
export const LISTS = 10
const BURST_MAX = 160
const THROWN = ['new Error("thrown by a hook")', 'new TypeError("thrown by a hook")', '"thrown by a hook"', '4711', 'undefined', 'null', 'Symbol("hook")', 'new Proxy(new Error("hidden"), {})', 'Object.freeze(new Error("frozen"))', '{ errMsg: "mine", errCode: 5 }', 'foreign("new Error(1)")']
const PROXIES = ['through', 'trapped']
const WRAPPER_NAMES = Object.keys(WRAPPERS)
/** What the model knows, and keys that it has no doubt of. */
const KNOWN_NAMES = WRAPPER_NAMES.filter((name) => WRAPPERS[name].data !== undefined || WRAPPERS[name].geo !== undefined)
const KNOWN_KEYS = KEYS.filter((key) => !['', 'a.b', 'then'].includes(key))
const CHANGING_NAMES = Object.keys(CHANGING)
const FUNCTION_NAMES = Object.keys(FUNCTIONS)

/** A number that no other case of any seed is likely to share its dice with. */
const mixed = (seed, id) => Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(id + 1, 0xc2b2ae35)

/** The case of that number. In a wild one hooks also change what is read, and anything may end. */
export function makeCase(seed, id, { exports, isWild }) {
  return new Maker(new Dice(mixed(seed, id)), { exports, isWild }).case(id)
}

/** Arguments for the calls that hooks make: so many lists for each export, made when first used. */
export class Pool {
  #lists = new Map()

  constructor(seed, { exports, isWild }) {
    Object.assign(this, { seed, exports, isWild })
  }

  list(at, choice) {
    const key = at * LISTS + choice
    let list = this.#lists.get(key)
    if (list === undefined) {
      const maker = new Maker(new Dice(mixed(~this.seed, key)), { exports: this.exports, isWild: this.isWild, isPooled: true })
      list = maker.arguments(this.exports[at].name, `p${key}`)
      this.#lists.set(key, list)
    }
    return list
  }
}

export class Maker {
  acting = 0
  ids = 0
  isKnown = false

  /** What is `isPooled` is used again and again, and has nothing large. */
  constructor(dice, { exports, isWild, isPooled = false }) {
    this.dice = dice
    this.exports = exports
    this.isWild = isWild
    this.isPooled = isPooled
  }

  case(id) {
    const { dice, exports, isWild } = this
    const { name, receivers } = dice.oneIn(STORED_IN) ? dice.pick(exports.stores) : exports[id % exports.length]
    const made = { id, name, isWild, receiver: dice.below(receivers.length), documentId: `d${id}` }
    made.args = this.arguments(name, id)
    if (dice.oneIn(12)) made.proxied = { text: 'new Proxy($0, traps(() => ACT))', acts: this.acts() }
    if (dice.oneIn(6) || this.acting === 0) made.patches = patchesOf(this)
    return made
  }

  arguments(name, id = 0) {
    const { dice } = this
    const args = argumentsOf(this, name, id)
    if (dice.oneIn(15)) args.push(this.value())
    if (dice.oneIn(20)) args.length = dice.below(args.length + 1)
    if (dice.oneIn(10) && args.length > 0) args[dice.below(args.length)] = this.value()
    return args
  }

  leaf(text) {
    return { leaf: text }
  }

  literal(literal) {
    return { literal }
  }

  /** One of these expressions. */
  one(...choices) {
    return this.leaf(this.dice.pick(choices))
  }

  /** One of these texts. */
  text(...choices) {
    return this.literal(this.dice.pick(choices.length > 0 ? choices : TEXTS))
  }

  number() {
    return this.literal(this.dice.pick(NUMBERS))
  }

  simple() {
    const { dice } = this
    switch (dice.below(8)) {
      case 0: case 1: return this.number()
      case 2: case 3: return this.text()
      case 4: return this.literal(dice.pick([true, false, null, undefined]))
      case 5: return this.leaf(dice.pick(['new Date(6)', 'new Date(5)', 'new Date(0)', 'new Date(1600000000000)']))
      default: return this.literal(dice.pick([1, 2, 'x']))
    }
  }

  /** What `make` makes has only values of which the model knows what is stored. */
  known(make) {
    this.isKnown = true
    try { return make() } finally { this.isKnown = false }
  }

  /** Any value. */
  value(level = 0) {
    const { dice } = this
    const isDeep = level >= LEVELS_MAX
    const turn = this.isKnown ? dice.below(88) : dice.below(100)
    if (turn < 30 || isDeep) return this.simple()
    if (turn < 52) return this.object(level)
    if (turn < 66) return this.list(level)
    if (turn < 88) return this.wrapped(level)
    if (turn < 96 || !this.isWild) return this.leaf(dice.pick(!this.isPooled && dice.oneIn(40) ? LARGE : ODD))
    return this.changing(level)
  }

  list(level = 0, make = () => this.value(level + 1)) {
    return this.changeable({ list: this.dice.some(5, make) })
  }

  object(level = 0, keys = this.dice.some(4, () => this.dice.pick(this.isKnown ? KNOWN_KEYS : KEYS))) {
    return this.record([...new Set(keys)].map((key) => [key, this.value(level + 1)]))
  }

  /** An object of these entries, some of which are getters. */
  record(entries) {
    const { dice } = this
    const object = entries.map(([key, value]) => {
      const turn = dice.below(10)
      if (turn < 2) return { key, how: 'get', value, acts: this.acts() }
      return { key, how: turn === 2 && dice.oneIn(6) ? 'hidden' : 'value', value }
    })
    return this.changeable({ object })
  }

  /** What a hook of a wild case may change has a number to be found by. */
  changeable(spec) {
    if (this.isWild) spec.id = this.ids++
    return spec
  }

  wrapped(level = 0) {
    return this.snippet(WRAPPERS, this.dice.pick(this.isKnown ? KNOWN_NAMES : WRAPPER_NAMES), level)
  }

  changing(level = 0) {
    return this.snippet(CHANGING, this.dice.pick(CHANGING_NAMES), level)
  }

  snippet(table, kind, level) {
    const { dice } = this
    const { parts, of } = table[kind]
    let { text } = table[kind]
    if (text.includes('TRAP')) text = text.replace('TRAP', dice.pick(TRAPS))
    text = text.replace(/THROUGH/g, () => dice.pick(PROXIES))
    if (text.includes('BRAND')) text = text.replace('BRAND', dice.pick(BRANDS))
    const make = of === 'object' ? () => (dice.oneIn(3) ? this.list(level + 1) : this.object(level + 1)) : () => this.value(level + 1)
    const spec = { kind, text, parts: Array.from({ length: parts }, make), acts: this.acts() }
    return this.changeable(spec)
  }

  /** What makes an argument one that is read in the slow way. */
  pad() {
    const { dice, isPooled } = this
    return this.leaf(PADS[isPooled || !dice.oneIn(12) ? 'deep' : dice.pick(['long', 'large'])])
  }

  func(kind = this.dice.pick(FUNCTION_NAMES)) {
    return this.dice.oneIn(12) ? this.value() : this.snippet(FUNCTIONS, kind, 1)
  }

  /** A function that is called when nobody waits for it any more: it does not throw. */
  listener() {
    const spec = this.snippet(FUNCTIONS, 'plain', 1)
    return { ...spec, acts: spec.acts.filter(({ throws }) => throws === undefined) }
  }

  /** What a hook does: mostly it calls something. */
  acts() {
    const { dice } = this
    if (this.acting >= ACTING_MAX || dice.oneIn(3)) return []
    this.acting++
    const acts = [!this.isPooled && dice.oneIn(30) ? this.reading(HUGE) : this.act()]
    if (dice.oneIn(4)) acts.push(this.act())
    return acts
  }

  act() {
    const { dice } = this
    const turn = dice.below(100)
    if (turn < (this.isPooled ? 1 : 2)) return { collects: !this.isPooled && dice.oneIn(8) ? 'major' : 'minor' }
    if (turn < 6) return { throws: dice.pick(THROWN) }
    if (turn < 9) return { again: true }
    if (this.isWild && turn < 25 && this.ids > 0) return { changes: dice.pick(MUTATIONS), of: dice.below(this.ids + 2) }
    return this.call()
  }

  /** A call of an export, or of several in a row. Those that read values are called more often. */
  call() {
    const { dice, exports } = this
    if (dice.oneIn(4)) return { burst: dice.below(exports.length), count: 1 + dice.below(BURST_MAX), choice: dice.below(LISTS) }
    if (dice.oneIn(3)) return this.reading(this.isPooled || !dice.oneIn(12) ? undefined : LARGE)
    return { call: dice.below(exports.length), choice: dice.below(LISTS), receiver: dice.below(8), isElsewhere: true, follows: dice.oneIn(3) }
  }

  /** A call that reads a value whole: one of `values`, if they are given. */
  reading(values) {
    const { dice, exports } = this
    const call = { call: dice.pick(exports.readers), choice: dice.below(LISTS), receiver: dice.below(8), isElsewhere: dice.oneIn(3), follows: dice.oneIn(3) }
    return values === undefined ? call : { ...call, args: [this.leaf(dice.pick(values))] }
  }
}
