// Where mingo is known to differ from MongoDB 4.0, one by one.
//
// Each names the kinds of cases it concerns, why MongoDB's answer is ours, and recognises the
// difference as narrowly as it can: by the operator and by the shape of the document. A difference
// that none recognises fails the run.

import { crossesArray, hasIndexSegment, holds, isObject, reached, terms } from './shapes.mjs'

const anyTerm = (test) => ({ request, document }) => document !== undefined && terms(request.filter).some((term) => test(term, document))

const isNullish = (value) => value === null || value === undefined
const BITS = /^\$bits/
const ORDERING = /^\$(gt|lt)e?$/

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
]
