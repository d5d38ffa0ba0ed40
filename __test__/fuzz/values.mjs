// Documents: wild ones, where any field holds anything, and tame ones, where fields have a type.

const TEXTS = ['', 'a', 'ab', 'abc', 'b', 'Ba', 'x y', '1', '中文', 'é']
const NUMBERS = [0, 1, 2, 3, 4, 5, -1, -2, 10, 100, 0.5, 1.5, -2.5, -0, NaN, 2147483647, 4294967296]
const MOMENTS = [0, 1, 86_400_000, 1_700_000_000_000, 951_782_400_000, -1]

/** Every path a filter, sort, projection or update may name. */
export const PATHS = ['a', 'b', 'c', 'd', 'o.x', 'o.y', 'o.o.x', 'rows', 'rows.x', 'rows.y', 'a.x', 'b.0', 'a.0', 'rows.0.x', 'rows.1', 'none', '_id']
/** The top-level fields of a document. */
export const FIELDS = ['a', 'b', 'c', 'd', 'o', 'rows']

export const number = (dice) => (dice.oneIn(3) ? dice.pick(NUMBERS) : dice.below(6))
export const text = (dice) => dice.pick(TEXTS)
export const moment = (dice) => new Date(dice.pick(MOMENTS))

export function scalar(dice) {
  return dice.weighted([[6, number], [4, text], [1, moment], [1, () => null], [1, () => true], [1, () => false]])(dice)
}

export function value(dice, depth = 2) {
  if (depth > 0 && dice.oneIn(4)) return dice.some(3, () => value(dice, depth - 1))
  if (depth > 0 && dice.oneIn(6)) return row(dice, depth - 1)
  return scalar(dice)
}

function row(dice, depth = 0) {
  const fields = ['x', 'y', 'o'].filter(() => !dice.oneIn(3))
  return Object.fromEntries(fields.map((field) => [field, value(dice, depth)]))
}

/** A document whose fields hold values of any type. */
export function wild(dice, _id) {
  const document = { _id }
  for (const field of ['a', 'b', 'c', 'd']) if (!dice.oneIn(5)) document[field] = value(dice)
  if (!dice.oneIn(4)) document.o = dice.oneIn(4) ? value(dice) : row(dice, 1)
  if (!dice.oneIn(4)) document.rows = dice.oneIn(5) ? value(dice) : dice.some(3, () => row(dice))
  return document
}

/** A document as an application has them: numbers, texts, a date, an object, rows. */
export function tame(dice, _id) {
  const document = { _id, n: dice.below(6), m: dice.below(50) / 2, s: dice.pick(['a', 'b', 'c', 'ab']) }
  document.t = new Date(dice.below(2_000_000_000) * 1000)
  document.flag = dice.oneIn(2)
  document.tags = dice.some(3, () => dice.pick(['a', 'b', 'c']))
  document.o = { x: dice.below(4), s: dice.pick(['a', 'b']) }
  document.rows = dice.some(3, () => ({ x: dice.below(4), y: dice.below(3) }))
  document.nums = dice.some(4, () => dice.below(8))
  if (!dice.oneIn(3)) document.maybe = dice.oneIn(4) ? null : dice.below(5)
  return document
}
