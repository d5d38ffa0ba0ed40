// Filters, sorts, projections and updates.

import { FIELDS, PATHS, number, scalar, text, value } from './values.mjs'

const PATTERNS = [/^a/, /b$/, /b/, /^A/i, /./, /^$/, /中/]
const TYPES = ['string', 'object', 'array', 'bool', 'date', 'null', 'number']

/** The operators of one field, by name, so that a failure says what it is about. */
const CONDITIONS = {
  $eq: (dice) => value(dice),
  $ne: (dice) => value(dice),
  $gt: (dice) => value(dice),
  $gte: (dice) => value(dice),
  $lt: (dice) => value(dice),
  $lte: (dice) => value(dice),
  $in: (dice) => dice.some(3, () => member(dice)),
  $nin: (dice) => dice.some(3, () => member(dice)),
  $exists: (dice) => dice.oneIn(2),
  $type: (dice) => dice.pick(TYPES),
  $mod: (dice) => [1 + dice.below(4), dice.below(3)],
  $regex: (dice) => dice.pick(PATTERNS),
  $size: (dice) => dice.below(4),
  $all: (dice) => dice.some(3, () => value(dice, 1)),
  $elemMatch: (dice) => (dice.oneIn(2) ? operators(dice, 0) : { [dice.pick(['x', 'y'])]: condition(dice, 0) }),
  $not: (dice, depth) => (dice.oneIn(4) ? dice.pick(PATTERNS) : operators(dice, depth)),
  $bitsAllSet: (dice) => dice.below(8),
  $bitsAnySet: (dice) => dice.below(8),
  $bitsAllClear: (dice) => dice.below(8),
  $bitsAnyClear: (dice) => dice.below(8),
}

const member = (dice) => (dice.oneIn(6) ? dice.pick(PATTERNS) : value(dice, 1))

function operators(dice, depth) {
  const names = Object.keys(CONDITIONS).filter((name) => depth > 0 || !['$not', '$elemMatch'].includes(name))
  const chosen = Array.from({ length: dice.oneIn(4) ? 2 : 1 }, () => dice.pick(names))
  return Object.fromEntries(chosen.map((name) => [name, CONDITIONS[name](dice, depth - 1)]))
}

function condition(dice, depth = 1) {
  if (dice.oneIn(3)) return dice.oneIn(8) ? dice.pick(PATTERNS) : value(dice)
  return operators(dice, depth)
}

export function filter(dice, depth = 1) {
  const made = {}
  for (let terms = 1 + dice.below(2); terms > 0; terms--) made[dice.pick(PATHS)] = condition(dice)
  if (depth > 0 && dice.oneIn(5)) {
    const branches = Array.from({ length: 1 + dice.below(2) }, () => filter(dice, depth - 1))
    made[dice.pick(['$or', '$and', '$nor'])] = branches
  }
  return made
}

export function sort(dice) {
  const paths = Array.from({ length: 1 + dice.below(2) }, () => dice.pick(PATHS))
  return Object.fromEntries(paths.map((path) => [path, dice.oneIn(2) ? 1 : -1]))
}

export function projection(dice) {
  const flag = dice.oneIn(3) ? 0 : 1
  const made = {}
  for (let terms = 1 + dice.below(3); terms > 0; terms--) {
    made[dice.pick(PATHS.filter((path) => path !== '_id'))] = flag
  }
  if (dice.oneIn(4)) made._id = 0
  if (dice.oneIn(8)) made[dice.pick(['rows', 'b'])] = { $slice: dice.oneIn(2) ? dice.below(5) - 2 : [dice.below(5) - 2, 1 + dice.below(3)] }
  return made
}

const MODIFIERS = {
  $set: (dice) => value(dice),
  $unset: () => '',
  $inc: (dice) => dice.below(7) - 3,
  $mul: (dice) => dice.below(5) - 1,
  $min: (dice) => scalar(dice),
  $max: (dice) => scalar(dice),
  $rename: (dice) => dice.pick(['a', 'b', 'z', 'o.z', 'n.z']),
  $push: (dice) => (dice.oneIn(2) ? value(dice, 1) : pushed(dice)),
  $addToSet: (dice) => (dice.oneIn(2) ? value(dice, 1) : { $each: dice.some(3, () => value(dice, 1)) }),
  $pop: (dice) => dice.pick([1, -1]),
  $pull: (dice) => (dice.oneIn(2) ? value(dice, 1) : operators(dice, 0)),
  $pullAll: (dice) => dice.some(3, () => value(dice, 1)),
  $bit: (dice) => ({ [dice.pick(['and', 'or', 'xor'])]: dice.below(8) }),
}

function pushed(dice) {
  const made = { $each: dice.some(3, () => scalar(dice)) }
  if (dice.oneIn(2)) made.$position = dice.below(6) - 3
  if (dice.oneIn(2)) made.$slice = dice.below(6) - 3
  if (dice.oneIn(3)) made.$sort = dice.pick([1, -1])
  return made
}

/** One or two operators on paths that may conflict. */
export function update(dice) {
  const made = {}
  for (let terms = dice.oneIn(4) ? 2 : 1; terms > 0; terms--) {
    const name = dice.pick(Object.keys(MODIFIERS))
    const path = dice.pick(dice.oneIn(2) ? FIELDS : PATHS)
    made[name] = { ...made[name], [path]: MODIFIERS[name](dice) }
  }
  return made
}

export { number, text }
