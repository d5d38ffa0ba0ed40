// Every function that a program can reach from the package's three entries, found by walking them:
// a new export joins by itself.

import { types } from 'node:util'

/** The entries and what hangs on them only by a promise. Each world has its own. */
export const ROOTS = ['cloud', 'testing', 'wx', 'txn', 'createClient', 'createTest']

/** Members whose results are walked as well, and what they are called with. */
const MAKERS = {
  database: () => '', collection: (text) => (text.startsWith('txn') ? "'u'" : "'t'"), doc: () => "'a'", where: () => '{ a: 1 }',
  field: () => '{ a: true }', aggregate: () => '', pipeline: () => '', logger: () => '', ai: () => '', createModel: () => "'m'",
  createImageModel: () => "'m'", match: () => '{ a: 1 }', eq: () => '1', and: () => '[{ a: 1 }]', set: () => '1', abs: () => "'$a'",
  serverDate: () => '', RegExp: () => "{ regexp: 'a' }", Point: () => '1, 2', LineString: () => '[point(0), point(1)]', slice: () => '1',
  Polygon: () => '[ring()]', MultiPoint: () => '[point(0)]', MultiLineString: () => '[line()]', MultiPolygon: () => '[polygon()]',
  watch: () => '{ onChange() {}, onError() {} }', uploadFile: (text) => (text.startsWith('wx') ? '{ cloudPath, filePath, success() {} }' : undefined),
  cloudID: () => "'id'", CloudID: () => "'id'", createNewInstance: () => "{ env: 'other' }",
  Cloud: () => "{ resourceAppid: 'wx1', resourceEnv: 'e' }",
}
/** What has the members of a root once more: further receivers for the same exports. */
const ALIASES = { createNewInstance: 'cloud', Cloud: 'cloud', txn: 'cloud' }
/** What these do stays: they are called on an instance of their own. */
const KEPT_APART = ['cloud.init', 'cloud.updateConfig', 'cloud.registerService']
/** Proxies make their members up: some that are documented, and one that is not. */
const PROXIED = {
  'cloud.openapi': ['security.msgSecCheck', 'subscribeMessage.send', 'wxacode.get', 'no.such.path'],
  'cloud.cloudPay': ['unifiedOrder', 'refund', 'queryOrder'],
}
/** A database like any other, but its writes would wait for the transaction's. */
const PASSED_BY = ['txn._db']
/** Of a transaction's collections these are sent outside of it, and would wait for its locks. */
const WAITS = /^txn.* Query\.(?:update|remove)$/
const LANGUAGE = new Set([Object, Function, Array, Promise, Error].map((Class) => Class.prototype))
const VISITS_OF_A_CLASS = 4
const RECEIVERS_MAX = 5
/** Mostly another world is given up than that of everything else: calls of that do little afterwards. */
const DISPOSED = [...Array(15).fill('createTest()'), 'testing']

/**
 * The exports in the order of their names: `name` is for people, `key` is the member's, `receivers`
 * are expressions of objects that have it. A constructor has `isClass`.
 */
export function findExports(roots, value) {
  const walk = { found: new Map(), counts: new Map(), seen: new Set(), value }
  const queue = ROOTS.map((root) => {
    const label = ALIASES[root] ?? root
    return { object: roots[root], owner: label, text: root, label }
  })
  for (const place of queue) {
    if (typeof place.object === 'function') add(walk, { name: place.owner, key: undefined, receiver: place.text })
    else if (isNew(walk, place)) queue.push(...membersOf(walk, place))
  }
  const dispose = walk.found.get('testing.dispose')
  if (dispose !== undefined) dispose.receivers = DISPOSED
  return [...walk.found.values()].sort((left, right) => (left.name < right.name ? -1 : 1))
}

/** Each call makes another object: what was made is known by its owner, other things by themselves. */
function isNew({ counts, seen }, { object, owner, isMade }) {
  if (seen.has(object)) return false
  seen.add(object)
  if (!isMade) return true
  const count = counts.get(owner) ?? 0
  counts.set(owner, count + 1)
  return count < VISITS_OF_A_CLASS
}

function isInstance(object) {
  return Object.getPrototypeOf(object) !== Object.prototype
}

/** Adds the functions of an object, and returns the places to look at next. */
function membersOf(walk, { object, text, label, owner }) {
  const next = []
  for (let from = object; from !== null && !LANGUAGE.has(from); from = Object.getPrototypeOf(from)) {
    const ownerHere = isInstance(object) ? `${label} ${from.constructor.name}` : owner
    for (const key of Object.getOwnPropertyNames(from)) {
      const member = object[key]
      const name = `${ownerHere}.${key}`
      const path = `${text}.${key}`
      if (PASSED_BY.includes(path)) continue
      if (typeof member === 'function') {
        addMember(walk, { name, key, receiver: text, path })
        next.push(...made(walk, { key, path, label, name }))
      } else if (member !== null && typeof member === 'object' && !Array.isArray(member) && !types.isExternal(member)) {
        next.push({ object: member, owner: isInstance(member) ? `${label} ${member.constructor.name}` : name, text: path, label })
      }
    }
  }
  return next
}

function addMember(walk, { name, key, receiver, path }) {
  if (key === 'constructor') return add(walk, { name: `new ${name.replace('.constructor', '')}`, key, receiver, isClass: true })
  if (KEPT_APART.includes(path) || WAITS.test(`${receiver} ${name.slice(name.indexOf(' ') + 1)}`)) return
  for (const member of PROXIED[path] ?? []) {
    const at = member.lastIndexOf('.')
    add(walk, { name: `${path}.${member}`, key: member.slice(at + 1), receiver: at < 0 ? path : `${path}.${member.slice(0, at)}` })
  }
  add(walk, { name, key, receiver })
}

function add({ found }, { name, key, receiver, isClass = false }) {
  const known = found.get(name)
  if (known === undefined) found.set(name, { name, key, isClass, receivers: [receiver] })
  else if (known.receivers.length < RECEIVERS_MAX && !known.receivers.includes(receiver)) known.receivers.push(receiver)
}

/** The result of a member that makes something, as a place to look at. */
function made({ value }, { key, path, label, name }) {
  const given = Object.hasOwn(MAKERS, key) ? MAKERS[key](path) : undefined
  if (given === undefined || (Object.hasOwn(ALIASES, key) && path !== name)) return []
  const text = `${path}(${given})`
  let object
  // Instances of other accounts refuse until their promise of `init` is through.
  try { object = value(text) } catch { return [] }
  // Another member of the same name.
  if (types.isPromise(object)) object.catch(() => {})
  if (object === null || typeof object !== 'object' || types.isPromise(object)) return []
  const owner = Object.hasOwn(ALIASES, key) ? label : isInstance(object) ? `${label} ${object.constructor.name}` : `${name}()`
  return [{ object, owner, text, label, isMade: true }]
}
