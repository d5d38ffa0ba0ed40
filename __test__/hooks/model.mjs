// What a program's value means when nobody has looked at how the package reads it: written down from
// the official client's encoding of documents, and from JSON.

import { FUNCTIONS, HELPERS, PADS, WRAPPERS } from './snippets.mjs'

/** No such thing: the model does not know. */
export const UNKNOWN = Symbol('unknown')
const ABSENT = Symbol('absent')
/** The only leaves whose values the model knows, beside pads; simple ones are literals. */
const DATE = /^new Date\(\d+\)$/
const padding = new Map(Object.values(PADS).map((text) => [text, Function('chain', `return ${text}`)(HELPERS.chain)]))

/** The document that is stored for `spec`, or `UNKNOWN`. */
export function dataOf(spec) {
  return modelled(spec, 'data')
}

/**
 * What a field holds after it was updated with `spec`, or `UNKNOWN`: objects are merged, and the
 * official client has its own ways with geometries.
 */
export function updatedOf(spec) {
  if (spec.text === '_.set($0)') return modelled(spec.parts[0], 'set')
  const data = modelled(spec, 'update')
  return Object(data) !== data || Array.isArray(data) || data instanceof Date ? data : UNKNOWN
}

/** What JSON makes of `spec`, or `UNKNOWN`. */
export function jsonOf(spec) {
  return modelled(spec, 'json')
}

function modelled(spec, how) {
  try {
    const value = model(spec, how)
    return value === ABSENT ? UNKNOWN : value
  } catch (error) {
    if (error === UNKNOWN) return UNKNOWN
    throw error
  }
}

function model(spec, how) {
  if (spec.acts?.some(({ throws }) => throws !== undefined)) throw UNKNOWN
  if (spec.leaf !== undefined) return leaf(spec.leaf, how)
  if ('literal' in spec) return spec.literal === undefined ? ABSENT : spec.literal
  if (spec.list !== undefined) return spec.list.map((item) => inList(model(item, how)))
  if (spec.object !== undefined) return object(spec.object, how)
  const wrapper = WRAPPERS[spec.kind]
  const form = how === 'json' ? how : 'data'
  if (wrapper?.geo !== undefined && how === 'data') return wrapper.geo
  if (wrapper === undefined || FUNCTIONS[spec.kind] !== undefined || wrapper[form] === undefined) throw UNKNOWN
  return shape(wrapper[form], spec.parts, how)
}

/** A shape's numbers stand for parts. */
function shape(form, parts, how) {
  if (form === undefined) return ABSENT
  if (typeof form === 'number') return model(parts[form], how)
  if (Array.isArray(form)) return form.map((part) => inList(shape(part, parts, how)))
  return members(Object.entries(form).map(([key, part]) => [key, shape(part, parts, how)]), how)
}

const inList = (value) => (value === ABSENT ? null : value)

function leaf(text, how) {
  if (padding.has(text)) return padding.get(text)
  if (!DATE.test(text)) throw UNKNOWN
  const date = new Date(Number(text.slice('new Date('.length, -1)))
  return how === 'json' ? date.toISOString() : date
}

function object(entries, how) {
  for (const { key, acts } of entries) {
    // Names that the service refuses, or that ask for more than being stored.
    if (key.startsWith('$') || key.includes('.') || key === '' || key === 'toJSON' || key === 'then') throw UNKNOWN
    if (acts?.some(({ throws }) => throws !== undefined)) throw UNKNOWN
  }
  return members(entries.filter(({ how: mode }) => mode !== 'hidden').map(({ key, value }) => [key, model(value, how)]), how)
}

function members(entries, how) {
  // The official client leaves it out, or makes a null of it where a list is around.
  if (how === 'set' && entries.some(([, value]) => value === ABSENT)) throw UNKNOWN
  const made = {}
  for (const [key, value] of entries) if (value !== ABSENT) Object.defineProperty(made, key, { value, writable: true, enumerable: true, configurable: true })
  return made
}
