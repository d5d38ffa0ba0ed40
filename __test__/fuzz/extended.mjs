// Extended JSON both ways, and the text by which two answers are compared.

const isPlain = (value) => value !== null && typeof value === 'object' && !Array.isArray(value)

/**
 * Extended JSON of a value. JavaScript has one kind of number and the database four: integers
 * become an int32, an int64, a double or a decimal at random, and the answers must not care.
 */
export function encode(value, dice) {
  if (typeof value === 'number') return encodeNumber(value, dice)
  if (value instanceof Date) return { $date: { $numberLong: String(value.getTime()) } }
  if (value instanceof RegExp) {
    return { $regularExpression: { pattern: value.source, options: value.flags } }
  }
  if (Array.isArray(value)) return value.map((item) => encode(item, dice))
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encode(item, dice)]))
}

function encodeNumber(value, dice) {
  if (!Number.isInteger(value) || Object.is(value, -0)) return { $numberDouble: spelled(value) }
  switch (dice?.below(6)) {
    case 0: return { $numberDouble: spelled(value) }
    case 1: return { $numberLong: String(value) }
    default: return Math.abs(value) < 2 ** 31 ? { $numberInt: String(value) } : { $numberLong: String(value) }
  }
}

function spelled(value) {
  if (Object.is(value, -0)) return '-0.0'
  return String(value)
}

/** The JavaScript values of relaxed Extended JSON. */
export function decode(value) {
  if (Array.isArray(value)) return value.map(decode)
  if (!isPlain(value)) return value
  const keys = Object.keys(value)
  if (keys.length === 1) {
    const [key] = keys
    const inner = value[key]
    if (key === '$date') return new Date(isPlain(inner) ? Number(inner.$numberLong) : inner)
    if (key === '$numberDouble' || key === '$numberDecimal' || key === '$numberLong') return Number(inner)
    if (key === '$regularExpression') return new RegExp(inner.pattern, inner.options)
  }
  return Object.fromEntries(keys.map((key) => [key, decode(value[key])]))
}

/** Whether two answers are equal, but for the last digits of doubles: sums depend on their order. */
export function same(left, right) {
  if (typeof left === 'number' && typeof right === 'number') {
    return Object.is(left + 0, right + 0) || Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right))
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]))
  }
  if (!isPlain(left) || !isPlain(right) || left instanceof Date || left instanceof RegExp) return canonical(left) === canonical(right)
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...keys].every((key) => same(left[key], right[key]))
}

/**
 * A text that is the same for equal values. The order of fields does not count: the stand-in
 * orders the fields of what it makes by its own code.
 */
export function canonical(value) {
  if (value === undefined) return 'undefined'
  if (typeof value === 'number') return String(value + 0)
  if (value instanceof Date) return `Date(${value.getTime()})`
  if (value instanceof RegExp) return `RegExp(${value})`
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (!isPlain(value)) return JSON.stringify(value)
  const fields = Object.keys(value).filter((key) => value[key] !== undefined).sort()
  return `{${fields.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`
}
