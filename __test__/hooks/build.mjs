// Cases as values, and as the source text that stands for them.

import { createContext, Script } from 'node:vm'
import { fire, quietly } from './hooks.mjs'
import { ROOTS } from './exports.mjs'
import { HELPERS } from './snippets.mjs'

const { defineProperty } = Object
const foreignRealm = createContext({})
const foreignScripts = new Map()
/** A value of another realm. */
function foreign(text) {
  let script = foreignScripts.get(text)
  if (script === undefined) foreignScripts.set(text, script = new Script(text))
  return script.runInContext(foreignRealm)
}

/** Only what is busy has these proxies. */
const PROXIES = /\b(through|trapped)\(/g

/** Compiles source texts once. `constants` are what all of them may name. */
export class Builder {
  #texts = new Map()
  #snippets = new Map()
  #mutations = new Map()
  #names
  #values

  constructor(constants) {
    const all = { ...HELPERS, foreign, arguments_: function () { return arguments }, ...constants }
    this.#names = Object.keys(all)
    this.#values = Object.values(all)
  }

  #compile(parameters, body) {
    const make = Function(...this.#names, `return (${parameters}) => ${body}`)
    return make(...this.#values)
  }

  /** The value of an expression in a world. */
  value(text, roots) {
    let compiled = this.#texts.get(text)
    if (compiled === undefined) this.#texts.set(text, compiled = this.#compile(rootsOf(text), `(${text})`))
    return compiled(roots)
  }

  /** The value of a spec, whose hooks belong to `run`. */
  build(spec, run) {
    const built = this.#made(spec, run)
    if (spec.id !== undefined) run.live.set(spec.id, built)
    return built
  }

  #made(spec, run) {
    if (spec.leaf !== undefined) return this.value(spec.leaf, run.world.roots)
    if ('literal' in spec) return spec.literal
    if ('given' in spec) return spec.given
    if (spec.list !== undefined) {
      const list = []
      for (let at = 0; at < spec.list.length; at++) list[at] = this.build(spec.list[at], run)
      return list
    }
    if (spec.object !== undefined) return this.#object(spec, run)
    let compiled = this.#snippets.get(spec.text)
    if (compiled === undefined) {
      const body = spec.text.replace(/\bACT\b/g, '$hook()').replace(/\$(\d)/g, '$part($1)').replace(PROXIES, '$1($isBusy, ')
      this.#snippets.set(spec.text, compiled = this.#compile(`$hook, $part, $isBusy, ${rootsOf(body)}`, `(${body})`))
    }
    const part = (at) => quietly(() => this.build(spec.parts[at] ?? { leaf: 'undefined' }, run))
    return compiled(() => fire(run, spec), part, run.isBusy, run.world.roots)
  }

  #object(spec, run) {
    const object = {}
    for (const entry of spec.object) {
      const { key, how, value } = entry
      if (how === 'get') {
        const get = () => { fire(run, entry); return quietly(() => this.build(value, run)) }
        defineProperty(object, key, { __proto__: null, get, set() {}, enumerable: true, configurable: true })
      } else {
        const built = this.build(value, run)
        if (how === 'hidden' || key === '__proto__') defineProperty(object, key, { __proto__: null, value: built, writable: true, enumerable: how !== 'hidden', configurable: true })
        else object[key] = built
      }
    }
    return object
  }

  /** Carries out a change of a value; whatever it cannot do it leaves. */
  change(text, it) {
    let compiled = this.#mutations.get(text)
    if (compiled === undefined) this.#mutations.set(text, compiled = this.#compile('it', `{ ${text} }`))
    try { compiled(it) } catch { /* a frozen, revoked or other value */ }
  }
}

/** A parameter that takes the roots which a text names. */
function rootsOf(text) {
  const named = [...ROOTS, 'snapshot'].filter((root) => new RegExp(`\\b${root}\\b`).test(text))
  return named.length === 0 ? 'roots' : `{ ${named.join(', ')} }`
}

// ---- the same as text ----------------------------------------------------------------------------

/** Levels of calls in hooks that are told of. */
const TOLD_MAX = 2

/** Cases as a program would write them. */
export class Writer {
  #level = 0

  constructor({ exports, pool }) {
    Object.assign(this, { exports, pool })
  }

  case({ name, receiver, args, proxied, patches = [] }) {
    const lines = patches.map((patch) => `patch ${patch.path}.${patch.key} (${patch.how}): ${this.acts(patch.acts)}${patch.returns ? ` returns ${this.spec(patch.returns)}` : ''}`)
    if (proxied !== undefined) lines.push(`on a proxy of its receiver, whose traps do: ${this.acts(proxied.acts)}`)
    lines.push(this.call(this.exports.byName.get(name), receiver, args))
    return lines.join('\n')
  }

  call({ receivers, key, isClass }, choice, args) {
    const receiver = receivers[choice % receivers.length]
    const path = key === undefined ? receiver : `${receiver}.${key}`
    return `${isClass ? 'new ' : ''}${path}(${args.map((arg) => this.spec(arg)).join(', ')})`
  }

  spec(spec) {
    const label = spec.id === undefined ? '' : `/* ${spec.id} */ `
    if (spec.leaf !== undefined) return spec.leaf
    if ('literal' in spec) return typeof spec.literal === 'string' ? JSON.stringify(spec.literal) : String(spec.literal)
    if (spec.list !== undefined) return `${label}[${spec.list.map((item) => this.spec(item)).join(', ')}]`
    if (spec.object !== undefined) return `${label}{ ${spec.object.map((entry) => this.entry(entry)).join(', ')} }`
    return label + spec.text.replace(/\$(\d)/g, (_, at) => this.spec(spec.parts[at] ?? { leaf: 'undefined' })).replace(/\bACT\b/g, () => this.acts(spec.acts))
  }

  entry({ key, how, value, acts }) {
    const name = /^[a-z_]\w*$/i.test(key) && key !== '__proto__' ? key : `[${JSON.stringify(key)}]`
    if (how === 'get') return `get ${name}() { ${this.acts(acts)}; return ${this.spec(value)} }`
    return `${how === 'hidden' ? '/* not enumerable */ ' : ''}${name}: ${this.spec(value)}`
  }

  acts(acts) {
    if (acts.length === 0) return '0'
    if (this.#level >= TOLD_MAX) return '..'
    this.#level++
    const text = acts.map((act) => this.act(act)).join('; ')
    this.#level--
    return text
  }

  act(act) {
    if (act.throws !== undefined) return `throws(${act.throws})`
    if (act.collects !== undefined) return `gc('${act.collects}')`
    if (act.again) return 'again()'
    if (act.changes !== undefined) return `change(${act.of}, (it) => { ${act.changes} })`
    const { exports, pool } = this
    if (act.burst !== undefined) {
      return `/* ${act.count} exports in a row */`
    }
    const entry = exports[act.call]
    const receivers = act.isElsewhere ? entry.receivers : entry.outside
    const call = this.call({ ...entry, receivers }, act.receiver, act.args ?? pool.list(act.call, act.choice))
    return act.isElsewhere ? `scratch.run(() => ${call})` : call
  }
}
