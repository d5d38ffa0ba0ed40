// Built-ins with hooks. Methods, accessors and globals act and then do what they did; inherited
// accessors act when a property is looked for, or set, that nobody has.

import { createRequire } from 'node:module'
import { fire } from './hooks.mjs'

const require = createRequire(import.meta.url)
const { apply, ownKeys } = Reflect
const { defineProperty, getOwnPropertyDescriptor } = Object

const GLOBALS = [
  'Object', 'Function', 'Array', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'Date', 'RegExp', 'Error', 'TypeError', 'RangeError', 'Map', 'Set', 'WeakMap', 'WeakRef',
  'Promise', 'Proxy', 'Reflect', 'JSON', 'Math', 'ArrayBuffer', 'Uint8Array', 'Float64Array', 'DataView', 'Buffer', 'process', 'console', 'globalThis',
]
const SPACES = ['Reflect', 'JSON', 'Math', 'console']
const MODULES = {
  async_hooks: ['AsyncLocalStorage.prototype', 'AsyncResource', 'AsyncResource.prototype'], util: ['', 'types'], stream: ['', 'Readable.prototype'], timers: [''], url: [''],
  fs: [''], path: [''], os: [''], http: [''], events: ['prototype'],
}
/** Names that the package, or what it is given, may look for on an object that lacks them. */
const SHADOWS = [
  'a', 'b', 'data', '_id', 'errMsg', 'errCode', 'env', 'then', 'toJSON', 'stats', 'list', 'total', 'result', 'success', 'fail', 'complete', 'delayMs', 'fault', 'stream', 'code', 'requestId',
  'operator', 'operands', 'fieldName', 'offset', 'cause', 'name', 'message', 'resolve', 'plan', 'updated', 'created', 'fileContent', 'config', 'each', 'require', 'id', 'throwOnNotFound',
]
const INDEXES = ['0', '1', '2', '7']
/** What code between JavaScript and native code is most likely to use. */
const LIKELY = new Set([
  'Array.isArray', 'Array.prototype.Symbol.iterator', 'Array.prototype.map', 'Array.prototype.push', 'Array.prototype.filter', 'Array.prototype.find', 'Array.prototype.some', 'Array.prototype.unshift',
  'Array.prototype.join', 'Array.prototype.includes', 'Array.prototype.slice', 'Array.from', 'Object.keys', 'Object.entries', 'Object.fromEntries', 'Object.assign', 'Object.defineProperty', 'Object.getPrototypeOf',
  'Object.freeze', 'Object.hasOwn', 'Object.prototype.toString', 'Object.prototype.hasOwnProperty', 'Object.prototype.valueOf', 'Date.prototype.getTime', 'Date.prototype.toJSON', 'Date.prototype.valueOf',
  'Date.prototype.toISOString', 'Date.now', 'String.prototype.slice', 'String.prototype.split', 'String.prototype.startsWith', 'String.prototype.substring', 'String.prototype.trim', 'Number.prototype.toString',
  'BigInt.prototype.toString', 'Promise.prototype.then', 'Promise.prototype.finally', 'Promise.prototype.catch', 'Promise.resolve', 'Promise.reject', 'Map.prototype.get', 'Map.prototype.set', 'Map.prototype.has',
  'Map.prototype.delete', 'Map.prototype.keys', 'WeakMap.prototype.get', 'WeakMap.prototype.set', 'WeakMap.prototype.has', 'Set.prototype.add', 'RegExp.prototype.test', 'RegExp.prototype.exec', 'RegExp.prototype.flags',
  'Function.prototype.call', 'Function.prototype.apply', 'Function.prototype.bind', 'Reflect.get', 'Reflect.ownKeys', 'JSON.stringify', 'JSON.parse', 'Symbol.for', 'Symbol.prototype.Symbol.toPrimitive', 'console.warn',
  'console.log', 'Buffer.from', 'Buffer.isBuffer', 'Buffer.prototype.toJSON', 'Error.captureStackTrace', 'Function.prototype.toString', 'process.cwd',
])
/** Replaced, they would stop the harness or Node itself. */
const SPARED = new Set(['Reflect.apply', 'console._log', 'fs.writeSync', 'fs.write', 'timers.setTimeout', 'process.reallyExit', 'Math.random', 'Object.prototype.__proto__', 'Function.prototype.caller', 'Function.prototype.arguments',
  // Node itself asks for it while its own state is halfway.
  'Object.getPrototypeOf(Uint8Array.prototype).length'])

/**
 * With other answers from these, promises lose rejections by themselves, Node its own calls, and the
 * language never ends replacing.
 */
const NEEDED = /Promise|async_hooks|iterator|Array\.prototype\.(?:pop|push|shift)|RegExp\.prototype\.(?:exec|flags|global)/

let known
let likely

/** Everything that can be patched: where it is, as text, and how. */
export function listPatches() {
  if (known !== undefined) return known
  known = []
  for (const name of GLOBALS) {
    known.push({ path: `globalThis`, key: name, how: 'global' })
    const value = globalThis[name]
    if (typeof value === 'function' || SPACES.includes(name)) addMembers(name, value)
    if (typeof value === 'function' && value.prototype !== undefined) addMembers(`${name}.prototype`, value.prototype)
  }
  addMembers('Object.getPrototypeOf(Uint8Array.prototype)', Object.getPrototypeOf(Uint8Array.prototype))
  for (const [text, iterator] of [['[][Symbol.iterator]()', [][Symbol.iterator]()], ['new Map().entries()', new Map().entries()]]) {
    addMembers(`Object.getPrototypeOf(${text})`, Object.getPrototypeOf(iterator))
  }
  for (const [module, paths] of Object.entries(MODULES)) {
    for (const path of paths) addMembers(`require('${module}')${path && `.${path}`}`, path.split('.').reduce((value, key) => (key ? value[key] : value), require(module)))
  }
  for (const key of SHADOWS) known.push({ path: 'Object.prototype', key, how: 'shadow' })
  for (const key of INDEXES) known.push({ path: 'Array.prototype', key, how: 'shadow' })
  known.push({ path: 'Error', key: 'prepareStackTrace', how: 'value' }, { path: 'Error', key: 'stackTraceLimit', how: 'get' }, { path: 'process', key: 'env', how: 'proxy' })
  return known
}

function addMembers(path, object) {
  for (const key of ownKeys(object)) {
    const descriptor = getOwnPropertyDescriptor(object, key)
    const text = typeof key === 'symbol' ? `Symbol.${key.description?.slice(7)}` : key
    if (!descriptor.configurable || SPARED.has(`${path.replace(/require\('(.*)'\)/, '$1')}.${text}`) || (typeof key === 'symbol' && Symbol[key.description?.slice(7)] !== key)) continue
    if (typeof descriptor.value === 'function' && key !== 'constructor') known.push({ path, key: text, how: 'call' })
    else if (typeof descriptor.get === 'function') known.push({ path, key: text, how: 'get' })
  }
}

/**
 * Patches for a case: mostly of what the package is likely to use. None of them throws, since Node
 * itself uses some, and ends when they do.
 */
export function patchesOf(make) {
  const all = listPatches()
  likely ??= all.filter(({ path, key, how }) => LIKELY.has(`${path}.${key}`) || ['global', 'shadow', 'value', 'proxy'].includes(how))
  return Array.from({ length: 1 + make.dice.below(3) }, () => {
    const isLikely = !make.dice.oneIn(3)
    const patch = { ...make.dice.pick(isLikely ? likely : all), acts: [make.act()].filter(({ throws }) => throws === undefined) }
    make.acting++
    if (make.isWild && isLikely && make.dice.oneIn(4) && !NEEDED.test(`${patch.path}.${patch.key}`)) patch.returns = make.value(1)
    return patch
  })
}

const objects = new Map()
function objectAt(path) {
  if (!objects.has(path)) objects.set(path, Function('require', `return ${path}`)(require))
  return objects.get(path)
}

/** Installs a patch and returns what takes it back. `returned` makes what it answers instead. */
export function install(patch, run, returned) {
  const object = objectAt(patch.path)
  const key = patch.key.startsWith('Symbol.') ? Symbol[patch.key.slice(7)] : patch.key
  const before = getOwnPropertyDescriptor(object, key)
  const { length } = Array.prototype
  const descriptor = { __proto__: null, configurable: true, enumerable: before?.enumerable ?? false }
  Object.assign(descriptor, HOW[patch.how]({ key, before, act: () => fire(run, patch), returned }))
  try { defineProperty(object, key, descriptor) } catch { return () => {} }
  return () => {
    if (before === undefined) delete object[key]; else defineProperty(object, key, before)
    // Its elements count.
    if (object === Array.prototype) object.length = length
  }
}

const HOW = {
  call({ before, act, returned }) {
    const { value: original } = before
    return { writable: true, value: function (...all) { act(); return returned(() => (new.target ? Reflect.construct(original, all, new.target) : apply(original, this, all))) } }
  },
  get({ before, act, returned }) {
    return { get() { act(); return returned(() => (before?.get ? apply(before.get, this, []) : before?.value)) }, set: before?.set }
  },
  global({ before, act, returned }) {
    const { value } = before?.get ? { value: before.get.call(globalThis) } : before
    return { get() { act(); return returned(() => value) }, set() {} }
  },
  shadow({ key, act, returned }) {
    return {
      get() { act(); return returned(() => undefined) },
      set(value) { act(); defineProperty(this, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true }) },
    }
  },
  value({ act }) {
    return { writable: true, value: (error) => { act(); return String(error) } }
  },
  proxy({ before, act }) {
    return { writable: true, value: new Proxy(before.value, { get: (env, name) => { act(); return env[name] }, has: (env, name) => { act(); return name in env }, getOwnPropertyDescriptor: (env, name) => { act(); return getOwnPropertyDescriptor(env, name) } }) }
  },
}
