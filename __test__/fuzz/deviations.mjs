// Where mingo is known to differ from MongoDB 4.0, one by one.
//
// Each names the kinds of cases it concerns, why MongoDB's answer is ours, and recognises the
// difference as narrowly as it can: by the operator and by the shape of the document. A difference
// that none recognises fails the run.

import { canonical } from './extended.mjs'
import { aggregated } from './oracle.mjs'
import { changes, crossesArray, hasIndexSegment, holds, isBlocked, isObject, operands, reached, sortPaths, target, terms, uses } from './shapes.mjs'

const anyTerm = (test) => ({ request, document }) => document !== undefined && terms(request.filter).some((term) => test(term, document))

const isNullish = (value) => value === null || value === undefined
const anyChange = (test) => ({ request, document, ours }) => changes(request.update).some((change) => test(change, document, ours))
const isContainer = (value) => Array.isArray(value) || isObject(value)
const hasTwins = (value) => Array.isArray(value) && new Set(value.map(canonical)).size < value.length
const BITS = /^\$bits/
const ORDERING = /^\$(gt|lt)e?$/

const SIMPLE = ['number', 'string', 'boolean']

/**
 * Whether a comparison of a pipeline has operands of different types, objects or arrays for one of
 * the documents. An operand that cannot be computed by itself, as it reads a variable, may have.
 */
function comparesTypes(pipeline, operator, documents) {
  return operands(pipeline, operator).filter(Array.isArray).some(([left, right]) => {
    const answer = aggregated([{ $project: { left: { $let: { vars: {}, in: left } }, right: { $let: { vars: {}, in: right } } } }], [documents].flat())
    return answer.error !== undefined || answer.documents.some(({ left, right }) => typeof left !== typeof right || !SIMPLE.includes(typeof left))
  })
}

export const DEVIATIONS = [
  {
    name: 'bit tests of what is no whole number',
    why: 'mingo reads missing fields, texts and fractions as 0; MongoDB matches whole numbers and binary data only',
    kinds: ['filter'],
    applies: anyTerm(({ path, operator }, document) => BITS.test(operator) && !reached(document, path).every((value) => Number.isInteger(value) && value >= 0)
      || BITS.test(operator) && reached(document, path).length === 0),
  },
  {
    name: 'null through arrays',
    why: 'mingo takes a path that an array ends for missing; MongoDB wants an object in the array that lacks the field',
    kinds: ['filter'],
    applies: anyTerm(({ path, operand }, document) => holds(operand, isNullish) && crossesArray(document, path)),
  },
  {
    name: 'ranges that end in null',
    why: 'to MongoDB $gte and $lte of null match null and missing; mingo wants the field',
    kinds: ['filter'],
    applies: anyTerm(({ path, operator, operand }, document) => ORDERING.test(operator) && operand === null && reached(document, path).every(isNullish)),
  },
  {
    name: '$not around $regex',
    why: 'MongoDB 4.0 refuses $not of an operator document with $regex; mingo takes it',
    kinds: ['filter'],
    applies: ({ request, ours }) => ours.error === '$not cannot have a regex' && terms(request.filter).some(({ operator }) => operator === '$not'),
  },
  {
    name: 'arrays of the values that a path collects',
    why: 'mingo tests the list of what a path found in an array as if it were a field; MongoDB tests each value found',
    kinds: ['filter'],
    applies: anyTerm(({ path, operator, operand }, document) => crossesArray(document, path)
      && (['$size', '$type', '$elemMatch', '$all', '$mod'].includes(operator) || holds(operand, isContainer))),
  },
  {
    name: 'elements of arrays by type',
    why: 'MongoDB tests $type on each element of an array, too',
    kinds: ['filter'],
    applies: anyTerm(({ path, operator }, document) => operator === '$type' && reached(document, path).some(Array.isArray)),
  },
  {
    name: 'remainders of what is no whole number',
    why: "mingo uses JavaScript's %, which converts dates, flags and texts and keeps fractions; MongoDB takes numbers alone and cuts fractions off",
    kinds: ['filter'],
    applies: anyTerm(({ path, operator }, document) => operator === '$mod' && reached(document, path).some((value) => !Number.isInteger(value))),
  },
  {
    name: 'patterns within nested arrays',
    why: 'mingo looks for texts one array deeper than MongoDB',
    kinds: ['filter'],
    applies: anyTerm(({ path, operator }, document) => operator === '$regex' && reached(document, path).some((value) => Array.isArray(value) && value.some(Array.isArray))),
  },
  {
    name: 'order of arrays and objects',
    why: 'mingo does not order arrays and objects as BSON does: element by element, by type first',
    kinds: ['filter'],
    applies: anyTerm(({ path, operator, operand }, document) => ORDERING.test(operator) && isContainer(operand) && reached(document, path).some(isContainer)),
  },
  {
    name: 'array indexes that hold arrays',
    why: 'a path that ends in an array index means that element, and the elements of an array there; mingo keeps other elements in sight',
    kinds: ['filter'],
    applies: anyTerm(({ path }, document) => hasIndexSegment(path) && reached(document, path).some(Array.isArray)),
  },
  {
    name: 'operators that a value cannot take',
    why: 'MongoDB refuses an update whose operator does not fit the type of the stored value; mingo leaves the document alone',
    kinds: ['update'],
    applies: anyChange(({ operator, path }, document, ours) => {
      const value = target(document, path)
      if (ours.error === undefined) return false
      if (['$inc', '$mul'].includes(operator)) return value !== undefined && typeof value !== 'number'
      if (operator === '$bit') return value !== undefined && !Number.isInteger(value)
      return ['$push', '$addToSet', '$pop', '$pull', '$pullAll'].includes(operator) && value !== undefined && !Array.isArray(value)
    }),
  },
  {
    name: 'paths through what can hold no field',
    why: 'MongoDB refuses to create a field in a scalar or a name in an array; mingo skips it, or enters the elements',
    kinds: ['update'],
    applies: anyChange(({ path, operator, operand }, document) => isBlocked(document, path) || (operator === '$rename' && isBlocked(document, operand))),
  },
  {
    name: 'gaps in arrays',
    why: 'MongoDB fills the gap before a new array element with nulls; mingo leaves holes',
    kinds: ['update'],
    applies: ({ request, ours, theirs }) => !ours.error && !theirs.error && changes(request.update).some(({ path }) => hasIndexSegment(path))
      && holds(theirs.documents, (value) => Array.isArray(value) && Object.keys(value).length < value.length),
  },
  {
    name: 'names of fields in nested arrays',
    why: 'mingo looks for a field in arrays within arrays and finds properties of theirs; MongoDB enters one array a name',
    kinds: ['filter'],
    applies: anyTerm(({ path }, document) => path.includes('.') && holds(document, (value) => Array.isArray(value) && value.some(Array.isArray))),
  },
  {
    name: '$all of what is no array',
    why: 'to MongoDB a scalar is equal to all of a list of that scalar',
    kinds: ['filter'],
    applies: anyTerm(({ path, operator }, document) => operator === '$all' && !reached(document, path).some(Array.isArray)),
  },
  {
    name: '$all of an array',
    why: 'MongoDB compares an array of the list with the whole field, too',
    kinds: ['filter'],
    applies: anyTerm(({ operator, operand }) => operator === '$all' && operand.some(Array.isArray)),
  },
  {
    name: 'fields of what is no object',
    why: "mingo finds JavaScript's own properties, and looks into scalars",
    kinds: ['filter'],
    applies: anyTerm(({ path, operator }, document) => operator === '$elemMatch' && reached(document, path).some((value) => !isObject(value))),
  },
  {
    name: 'empty arrays in lists',
    why: 'mingo spreads an array field before it looks for it in the list; MongoDB looks for the array itself, too',
    kinds: ['filter'],
    applies: anyTerm(({ path, operator, operand }, document) => ['$in', '$nin'].includes(operator) && operand.some(Array.isArray) && reached(document, path).some(Array.isArray)),
  },
  {
    name: 'bits of values within arrays',
    why: 'MongoDB tests the bits of each element',
    kinds: ['filter'],
    applies: anyTerm(({ path, operator }, document) => BITS.test(operator) && (crossesArray(document, path) || reached(document, path).some(Array.isArray))),
  },
  {
    name: 'comparisons of elements that are arrays',
    why: 'mingo unwraps an array within the array that $elemMatch tests; MongoDB compares it whole',
    kinds: ['filter'],
    applies: anyTerm(({ path, operator }, document) => operator === '$elemMatch' && reached(document, path).some((value) => Array.isArray(value) && value.some(Array.isArray))),
  },
  {
    name: '$min and $max across types',
    why: 'MongoDB compares values of different types by the order of types; mingo leaves or replaces arrays and objects by accident',
    kinds: ['update'],
    applies: anyChange(({ operator, path, operand }, document) => ['$min', '$max'].includes(operator)
      && (isContainer(target(document, path)) || typeof target(document, path) !== typeof operand || operand === null)),
  },
  {
    name: 'modifiers of $push on a new field',
    why: 'mingo forgets $slice, $sort and $position where the array is new',
    kinds: ['update'],
    applies: anyChange(({ operator, path, operand }, document) => operator === '$push' && isObject(operand) && '$each' in operand && target(document, path) === undefined),
  },
  {
    name: 'twins in $addToSet',
    why: 'mingo adds equal values of one $each twice to a new array',
    kinds: ['update'],
    applies: anyChange(({ operator, path, operand }, document) => operator === '$addToSet' && isObject(operand) && '$each' in operand && target(document, path) === undefined),
  },
  {
    name: '$bit of doubles',
    why: 'MongoDB takes the bits of an int32 or int64 alone; mingo knows one kind of number',
    kinds: ['update'],
    applies: ({ request, ours }) => ours.error?.includes('of non-integral type') && changes(request.update).some(({ operator }) => operator === '$bit'),
  },
  {
    name: '$bit of more than 32 bits',
    why: "mingo computes with JavaScript's 32 bits",
    kinds: ['update'],
    applies: anyChange(({ operator, path }, document) => operator === '$bit' && Math.abs(target(document, path)) >= 2 ** 31),
  },
  {
    name: 'updates that leave _id as it is',
    why: 'MongoDB refuses a changed _id only; mingo refuses every update of it',
    kinds: ['update'],
    applies: ({ request, ours, theirs }) => !ours.error && theirs.error?.includes("immutable field '_id'") && changes(request.update).some(({ path }) => path === '_id'),
  },
  {
    name: '$rename of array elements',
    why: 'MongoDB refuses to rename from or to an array element',
    kinds: ['update'],
    applies: ({ request, ours }) => ours.error?.includes('cannot be an array element') && changes(request.update).some(({ operator }) => operator === '$rename'),
  },
  {
    name: '$pull within nested arrays',
    why: 'mingo removes an array whose element matches; MongoDB compares the array whole',
    kinds: ['update'],
    applies: anyChange(({ operator, path }, document) => ['$pull', '$pullAll'].includes(operator) && Array.isArray(target(document, path)) && target(document, path).some(Array.isArray)),
  },
  {
    name: 'sorting by what arrays hold',
    why: 'MongoDB sorts by the least or greatest value that a path finds, and takes none for null; mingo compares the lists',
    kinds: ['sort'],
    applies: ({ request, document }) => Array.isArray(document) && sortPaths(request).some((path) => document.some((one) => crossesArray(one, path) || reached(one, path).some(Array.isArray))),
  },
  {
    name: 'sorting objects, dates and flags by type',
    why: 'MongoDB orders objects field by field, and all values by their types first; mingo compares objects by their sorted fields',
    kinds: ['sort'],
    applies: ({ request, document }) => Array.isArray(document) && sortPaths(request).some((path) => document.some((one) => reached(one, path).some(isObject))),
  },
  {
    name: 'sorting what is not a number',
    why: 'MongoDB orders NaN below all numbers; to mingo it has no order',
    kinds: ['sort'],
    applies: ({ request, document }) => Array.isArray(document) && sortPaths(request).some((path) => document.some((one) => reached(one, path).some(Number.isNaN))),
  },
  {
    name: 'missing and null in sorts',
    why: 'to MongoDB a missing field sorts as null; mingo puts it before',
    kinds: ['sort'],
    applies: ({ request, document }) => Array.isArray(document) && sortPaths(request).some((path) => document.every((one) => reached(one, path).every(isNullish))),
  },
  {
    name: 'paths that lie within each other in a projection',
    why: 'MongoDB 4.0 takes them, the last one wins; mingo has the collision of MongoDB 4.4',
    kinds: ['projection'],
    applies: ({ request, theirs }) => theirs.error?.startsWith('Path collision') && Object.keys(request.projection).length > 1,
  },
  {
    name: '$slice that includes',
    why: 'alone, $slice keeps all other fields in MongoDB; in mingo it is an inclusion, and names missing fields',
    kinds: ['projection'],
    applies: ({ request }) => uses(request.projection, '$slice'),
  },
  {
    name: 'array indexes in projections',
    why: 'to the projections of MongoDB 4.0 a number is the name of a field, never an index',
    kinds: ['projection'],
    applies: ({ request }) => Object.keys(request.projection).some(hasIndexSegment),
  },
  {
    name: 'projections through arrays',
    why: 'MongoDB projects each object of an array, keeps empty ones, drops scalars from an inclusion and enters nested arrays; mingo drops or keeps others',
    kinds: ['projection'],
    applies: ({ request, document }) => document !== undefined && Object.keys(request.projection).some((path) => crossesArray(document, path)),
  },
  {
    name: 'objects that an inclusion leaves empty',
    why: 'MongoDB keeps an object on the way even where it lacks the included field',
    kinds: ['projection'],
    applies: ({ request, document }) => document !== undefined && Object.keys(request.projection).some((path) => path.includes('.') && reached(document, path).length === 0),
  },
  {
    name: 'comparisons across types in expressions',
    why: 'the comparisons of expressions order all values by type first; mingo answers false for different types',
    kinds: ['expression', 'pipeline'],
    applies: ({ request, document }) => ['$lt', '$lte', '$gt', '$gte'].some((operator) => comparesTypes(request.pipeline, operator, document)),
  },
  {
    name: '$trunc with one operand',
    why: 'mingo has the $trunc of MongoDB 4.2, with a number of places',
    kinds: ['expression', 'pipeline'],
    applies: ({ theirs, request }) => theirs.error === '$trunc expects array(2)' && uses(request.pipeline, '$trunc'),
  },
  {
    name: '$indexOfCP',
    why: 'mingo lacks it',
    kinds: ['expression', 'pipeline'],
    applies: ({ theirs, request }) => theirs.error?.includes("'$indexOfCP' is not registered") && uses(request.pipeline, '$indexOfCP'),
  },
  {
    name: '$substrBytes beyond the end',
    why: 'MongoDB answers what there is; mingo refuses',
    kinds: ['expression', 'pipeline'],
    applies: ({ theirs, request }) => theirs.error?.startsWith('$substrBytes ') && uses(request.pipeline, '$substrBytes'),
  },
  {
    name: 'bit tests in $pull',
    why: 'mingo reads what is no whole number as 0',
    kinds: ['update'],
    applies: anyChange(({ operator, operand }) => operator === '$pull' && isObject(operand) && Object.keys(operand).some((key) => BITS.test(key))),
  },
  {
    name: '$addToSet of an array with twins',
    why: 'mingo makes the stored array a set; MongoDB only leaves out what is there',
    kinds: ['update'],
    applies: anyChange(({ operator, path }, document) => operator === '$addToSet' && hasTwins(target(document, path))),
  },
  {
    name: 'order of arrays in $push with $sort',
    why: 'MongoDB orders values by their types first, arrays above objects, texts and numbers',
    kinds: ['update'],
    applies: anyChange(({ operator, path, operand }, document) => operator === '$push' && isObject(operand) && '$sort' in operand
      && Array.isArray(target(document, path)) && target(document, path).some(isContainer)),
  },
  {
    name: '$zip of an empty array',
    why: 'without useLongestLength the shortest array decides, even an empty one; mingo does not count it',
    kinds: ['expression', 'pipeline'],
    applies: ({ request }) => uses(request.pipeline, '$zip', ({ useLongestLength }) => !useLongestLength),
  },
  {
    name: 'ranges and NaN',
    why: 'NaN is in no range but to itself; mingo orders it by accident',
    kinds: ['filter'],
    applies: anyTerm(({ path, operator, operand }, document) => ORDERING.test(operator) && (Number.isNaN(operand) || reached(document, path).some(Number.isNaN))),
  },
  {
    name: 'NaN by type',
    why: 'to mingo NaN is no number',
    kinds: ['filter'],
    applies: anyTerm(({ path, operator }, document) => operator === '$type' && reached(document, path).some(Number.isNaN)),
  },
  {
    name: '$min and $max of NaN',
    why: 'NaN is below all numbers',
    kinds: ['update'],
    applies: anyChange(({ operator, path, operand }, document) => ['$min', '$max'].includes(operator) && (Number.isNaN(operand) || Number.isNaN(target(document, path)))),
  },
  {
    name: 'remainders in $pull',
    why: "mingo uses JavaScript's %, which converts dates, flags and texts and keeps fractions",
    kinds: ['update'],
    applies: anyChange(({ operator, operand }) => operator === '$pull' && isObject(operand) && '$mod' in operand),
  },
  {
    name: '$cmp across types and of objects',
    why: 'MongoDB compares by type first, then arrays element by element and objects field by field; mingo orders objects above arrays',
    kinds: ['expression', 'pipeline'],
    applies: ({ request, document }) => comparesTypes(request.pipeline, '$cmp', document),
  },
  {
    name: 'years of ISO weeks',
    why: 'the first and last days of a year may belong to a week of another year; mingo is a year off there',
    kinds: ['expression', 'pipeline'],
    applies: ({ request }) => uses(request.pipeline, '$isoWeekYear') || uses(request.pipeline, '$dateToString', ({ format }) => format.includes('%G')),
  },
  {
    name: 'missing and null in comparisons',
    why: 'in the expressions of MongoDB a missing field is not null; to mingo they are equal',
    kinds: ['expression', 'pipeline'],
    applies: ({ request, document }) => ['$eq', '$ne'].some((operator) => comparesTypes(request.pipeline, operator, document)),
  },
  {
    name: '$count of nothing',
    why: '$count of no documents gives none; mingo gives a zero',
    kinds: ['pipeline'],
    applies: ({ request, theirs }) => uses(request.pipeline, '$count') && holds(theirs.documents, (value) => isObject(value) && value.total === 0),
  },
  {
    name: '$stdDevSamp of one value',
    why: 'it has none: null in MongoDB, NaN in mingo',
    kinds: ['pipeline'],
    applies: ({ request, theirs }) => uses(request.pipeline, '$stdDevSamp') && holds(theirs.documents, Number.isNaN),
  },
  {
    name: 'empty buckets',
    why: 'MongoDB leaves out buckets without documents; mingo gives all',
    kinds: ['pipeline'],
    applies: ({ request, theirs }) => uses(request.pipeline, '$bucket') && theirs.documents?.some(({ ids }) => ids?.length === 0),
  },
  {
    name: 'missing values in accumulators',
    why: '$push and $addToSet pass over missing values in MongoDB; mingo keeps them as null',
    kinds: ['pipeline'],
    applies: ({ request }) => uses(request.pipeline, '$group', (group) => uses(group, '$push') || uses(group, '$addToSet')),
  },
  {
    name: 'order of arrays and objects in $min and $max',
    why: 'MongoDB compares by type first, then arrays element by element and objects field by field',
    kinds: ['pipeline'],
    applies: ({ request, ours }) => (uses(request.pipeline, '$min') || uses(request.pipeline, '$max')) && holds(ours.documents, isContainer),
  },
  {
    name: 'values on the boundaries of buckets',
    why: 'a boundary belongs to the bucket above it; mingo puts it into the one below',
    kinds: ['pipeline'],
    applies: ({ request }) => uses(request.pipeline, '$bucket', ({ boundaries }) => boundaries.every(Number.isInteger)),
  },
  {
    name: '$mod of null',
    why: 'a null operand makes the result null; mingo refuses it',
    kinds: ['expression', 'pipeline'],
    applies: ({ theirs, request }) => theirs.error === '$mod expression must resolve to array of number' && uses(request.pipeline, '$mod'),
  },
  {
    name: 'an object within itself',
    why: 'MongoDB copies values; mingo puts an object into itself and finds a cycle',
    kinds: ['pipeline'],
    applies: ({ theirs, request }) => /cycle detected|call stack size/.test(theirs.error) && uses(request.pipeline, 'o.z'),
  },
  {
    name: '$avg of what is no array',
    why: 'as an expression it takes a single value, too; mingo refuses it, and takes it for an accumulator within $group',
    kinds: ['pipeline'],
    applies: ({ request, theirs }) => theirs.error === 'arguments must resolve to array for $avg.' && uses(request.pipeline, '$avg'),
  },
  {
    name: 'exclusions through null',
    why: 'mingo fails at a null in an array that an exclusion enters; MongoDB leaves it',
    kinds: ['projection'],
    applies: ({ theirs }) => theirs.error?.startsWith('Cannot read properties of null') ?? false,
  },
]
