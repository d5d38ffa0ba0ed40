// Expressions and pipelines.

const DATE_PARTS = ['$year', '$month', '$dayOfMonth', '$hour', '$minute', '$second', '$millisecond', '$dayOfYear', '$dayOfWeek', '$isoWeek', '$isoWeekYear', '$isoDayOfWeek']

/** Expressions over a tame document, by the type of their result. */
const BY_TYPE = {
  number: [
    (dice) => dice.below(7),
    (dice) => dice.pick(['$n', '$m', '$o.x']),
    ...['$add', '$multiply', '$subtract'].map((name) => (dice, depth) => ({ [name]: [make(dice, 'number', depth), make(dice, 'number', depth)] })),
    (dice, depth) => ({ $divide: [make(dice, 'number', depth), 1 + dice.below(4)] }),
    (dice, depth) => ({ $mod: [make(dice, 'number', depth), 1 + dice.below(4)] }),
    ...['$abs', '$ceil', '$floor', '$trunc'].map((name) => (dice, depth) => ({ [name]: make(dice, 'number', depth) })),
    (dice, depth) => ({ $size: make(dice, 'array', depth) }),
    ...['$sum', '$avg', '$min', '$max'].map((name) => (dice, depth) => ({ [name]: make(dice, 'numbers', depth) })),
    (dice, depth) => ({ $cmp: [make(dice, 'any', depth), make(dice, 'any', depth)] }),
    (dice, depth) => ({ $strLenBytes: make(dice, 'text', depth) }),
    (dice, depth) => ({ $strLenCP: make(dice, 'text', depth) }),
    (dice, depth) => ({ $indexOfCP: [make(dice, 'text', depth), dice.pick(['a', 'b', ''])] }),
    (dice, depth) => ({ $indexOfArray: [make(dice, 'numbers', depth), make(dice, 'number', depth)] }),
    (dice, depth) => ({ $ifNull: ['$maybe', make(dice, 'number', depth)] }),
    ...DATE_PARTS.map((name) => () => ({ [name]: '$t' })),
    (dice, depth) => ({ $reduce: { input: make(dice, 'numbers', depth), initialValue: 0, in: { $add: ['$$value', '$$this'] } } }),
    (dice, depth) => ({ $let: { vars: { v: make(dice, 'number', depth) }, in: { $multiply: ['$$v', 2] } } }),
    (dice, depth) => ({ $toInt: make(dice, 'number', depth) }),
  ],
  text: [
    (dice) => dice.pick(['a', 'b', 'abc', 'A b']),
    (dice) => dice.pick(['$s', '$o.s']),
    (dice, depth) => ({ $concat: [make(dice, 'text', depth), make(dice, 'text', depth)] }),
    (dice, depth) => ({ $toUpper: make(dice, 'text', depth) }),
    (dice, depth) => ({ $toLower: make(dice, 'text', depth) }),
    (dice, depth) => ({ $substrCP: [make(dice, 'text', depth), dice.below(3), dice.below(3)] }),
    (dice, depth) => ({ $substrBytes: [make(dice, 'text', depth), dice.below(3), dice.below(3)] }),
    (dice, depth) => ({ $trim: { input: make(dice, 'text', depth) } }),
    (dice, depth) => ({ $type: make(dice, 'text', depth) }),
    (dice) => ({ $dateToString: { date: '$t', format: dice.pick(['%Y-%m-%d', '%H:%M:%S.%L', '%j %u %V %G']) } }),
  ],
  flag: [
    (dice) => dice.pick([true, false, '$flag']),
    ...['$eq', '$ne', '$gt', '$gte', '$lt', '$lte'].map((name) => (dice, depth) => {
      const type = dice.pick(['number', 'text', 'any'])
      return { [name]: [make(dice, type, depth), make(dice, type, depth)] }
    }),
    (dice, depth) => ({ $and: dice.some(3, () => make(dice, 'any', depth)) }),
    (dice, depth) => ({ $or: dice.some(3, () => make(dice, 'any', depth)) }),
    (dice, depth) => ({ $not: [make(dice, 'any', depth)] }),
    (dice, depth) => ({ $in: [make(dice, 'number', depth), make(dice, 'numbers', depth)] }),
    (dice, depth) => ({ $isArray: [make(dice, 'any', depth)] }),
    (dice, depth) => ({ $setIsSubset: [make(dice, 'numbers', depth), make(dice, 'numbers', depth)] }),
    (dice, depth) => ({ $setEquals: [make(dice, 'numbers', depth), make(dice, 'numbers', depth)] }),
    (dice, depth) => ({ $anyElementTrue: [make(dice, 'numbers', depth)] }),
    (dice, depth) => ({ $allElementsTrue: [make(dice, 'numbers', depth)] }),
  ],
  numbers: [
    () => '$nums',
    () => '$rows.x',
    (dice, depth) => [make(dice, 'number', depth), make(dice, 'number', depth)],
    (dice, depth) => ({ $map: { input: make(dice, 'numbers', depth), as: 'v', in: { $add: ['$$v', 1] } } }),
    (dice, depth) => ({ $filter: { input: make(dice, 'numbers', depth), as: 'v', cond: { $gt: ['$$v', dice.below(4)] } } }),
    (dice, depth) => ({ $reverseArray: make(dice, 'numbers', depth) }),
    (dice, depth) => ({ $concatArrays: [make(dice, 'numbers', depth), make(dice, 'numbers', depth)] }),
    (dice, depth) => ({ $slice: [make(dice, 'numbers', depth), dice.pick([1, 2, 3, -1, -2])] }),
    (dice, depth) => ({ $slice: [make(dice, 'numbers', depth), dice.pick([0, 1, -1, -2]), 1 + dice.below(3)] }),
    (dice) => ({ $range: [dice.below(3), dice.below(6), 1 + dice.below(2)] }),
  ],
  array: [
    () => '$tags',
    () => '$rows',
    (dice, depth) => make(dice, 'numbers', depth),
    (dice, depth) => ({ $split: [make(dice, 'text', depth), dice.pick([' ', 'b'])] }),
    () => ({ $objectToArray: '$o' }),
    (dice, depth) => ({ $zip: { inputs: [make(dice, 'numbers', depth), '$tags'], useLongestLength: dice.oneIn(2) } }),
  ],
  any: [
    (dice) => dice.pick(['$maybe', '$none', '$o', '$t', '$tags', '$rows.y', null]),
    ...['number', 'text', 'flag', 'array'].map((type) => (dice, depth) => make(dice, type, depth)),
    (dice, depth) => ({ $cond: [make(dice, 'flag', depth), make(dice, 'any', depth), make(dice, 'any', depth)] }),
    (dice, depth) => ({ $cond: { if: make(dice, 'any', depth), then: make(dice, 'any', depth), else: make(dice, 'any', depth) } }),
    (dice, depth) => ({ $ifNull: [make(dice, 'any', depth), make(dice, 'any', depth)] }),
    (dice, depth) => ({ $switch: { branches: [{ case: make(dice, 'flag', depth), then: make(dice, 'any', depth) }], default: make(dice, 'any', depth) } }),
    (dice, depth) => ({ $arrayElemAt: [make(dice, 'array', depth), dice.below(5) - 2] }),
    (dice) => ({ $literal: dice.pick([1, '$n', { a: 1 }]) }),
    () => ({ $mergeObjects: ['$o', { z: '$n' }] }),
    (dice, depth) => ({ k: make(dice, 'any', depth) }),
    () => ({ $add: ['$t', 1000] }),
    () => ({ $subtract: ['$t', 1000] }),
  ],
}

function make(dice, type, depth) {
  const choices = BY_TYPE[type]
  // The first of each list are leaves.
  return depth <= 0 ? choices[0](dice, 0) : dice.pick(choices)(dice, depth - 1)
}

export const expression = (dice) => make(dice, 'any', 3)
/** Expressions that need their own name, because a bare number or flag would be an inclusion. */
const computed = (dice) => ({ $let: { vars: {}, in: expression(dice) } })

const ACCUMULATORS = {
  $sum: (dice) => make(dice, 'number', 2),
  $avg: (dice) => make(dice, 'number', 2),
  $min: (dice) => make(dice, 'any', 2),
  $max: (dice) => make(dice, 'any', 2),
  $first: (dice) => make(dice, 'any', 2),
  $last: (dice) => make(dice, 'any', 2),
  $push: (dice) => make(dice, 'any', 2),
  $addToSet: (dice) => make(dice, 'number', 2),
  $stdDevPop: () => '$m',
  $stdDevSamp: () => '$m',
  $mergeObjects: () => '$o',
}

const KEYS = [null, '$n', '$s', '$flag', '$o.x', '$o', { n: '$n', s: '$s' }, { $mod: ['$n', 2] }]

function group(dice) {
  const stage = { _id: dice.pick(KEYS) }
  for (let count = 1 + dice.below(3); count > 0; count--) {
    const name = dice.pick(Object.keys(ACCUMULATORS))
    stage[`f${count}`] = { [name]: ACCUMULATORS[name](dice) }
  }
  return [{ $group: stage }]
}

function match(dice) {
  const number = dice.below(6)
  const choices = [
    { n: number },
    { n: { $gt: number } },
    { 'o.x': { $in: [number, 1] } },
    { tags: dice.pick(['a', 'b']) },
    { rows: { $elemMatch: { x: { $lt: number }, y: 1 } } },
    { $or: [{ s: 'a' }, { n: { $lte: number } }] },
    { $expr: make(dice, 'flag', 2) },
    { maybe: { $exists: dice.oneIn(2) } },
  ]
  return [{ $match: dice.pick(choices) }]
}

/** Ends in the id, so that the order is total. */
function sort(dice) {
  return [{ $sort: { [dice.pick(['n', 'm', 's', 'o.x', 't', 'flag', 'maybe'])]: dice.pick([1, -1]), _id: 1 } }]
}

/** Stages that keep the documents' fields: anything may follow. */
const KEEPING = [
  match,
  sort,
  sort,
  (dice) => [{ $skip: dice.below(3) }],
  (dice) => [{ $limit: 1 + dice.below(8) }],
  (dice) => [{ $addFields: { extra: computed(dice) } }],
  (dice) => [{ $addFields: { 'o.z': computed(dice), n: { $add: ['$n', 1] } } }],
  (dice) => [{ $unwind: dice.pick(['$tags', '$rows', '$nums', '$maybe', { path: '$nums', includeArrayIndex: 'at' }, { path: '$rows', preserveNullAndEmptyArrays: true }]) }],
  () => [{ $lookup: { from: 'documents', localField: 'n', foreignField: 'o.x', as: 'found' } }, { $addFields: { found: '$found._id' } }],
]

/** Stages that end a pipeline. */
const ENDING = [
  group, group, group,
  (dice) => [{ $project: { v: computed(dice), n: 1 } }],
  (dice) => [{ $project: { [dice.pick(['o.x', 'rows.x', 'tags', 'none'])]: 1, w: computed(dice) } }],
  (dice) => [{ $project: { [dice.pick(['o.x', 'rows.x', 'tags', 'none'])]: 0, m: 0 } }],
  () => [{ $count: 'total' }],
  (dice) => [{ $sortByCount: dice.pick(['$n', '$s', '$o.x']) }],
  (dice) => [{ $replaceRoot: { newRoot: dice.pick(['$o', { $mergeObjects: ['$o', { n: '$n' }] }, { v: '$m' }]) } }],
  (dice) => [{ $bucket: { groupBy: '$n', boundaries: dice.oneIn(4) ? [0, 2, 4] : [-0.5, 1.5, 3.5], default: 'more', output: { sum: { $sum: '$m' }, ids: { $push: '$_id' } } } }],
  (dice) => [{ $facet: { a: [...match(dice), { $count: 'total' }], b: [...sort(dice), { $limit: 2 }, { $project: { n: 1 } }] } }],
]

export function pipeline(dice) {
  const stages = dice.some(3, () => dice.pick(KEEPING)(dice)).flat()
  return dice.oneIn(8) ? stages : [...stages, ...dice.pick(ENDING)(dice)]
}

/** Whether the answer's order is one that the database promises. */
export function isOrdered(stages) {
  return !stages.some((stage) => '$group' in stage || '$sortByCount' in stage)
}
