// The kinds of cases: how each is made, asked of both sides, and compared.
//
// A comparison yields differences: `{ request, document?, ours, theirs }`, as narrow as the kind
// allows, so that a known deviation of the stand-in excuses one document and not a whole case.

import { canonical } from './extended.mjs'
import * as oracle from './oracle.mjs'
import { expression, isOrdered, pipeline } from './pipelines.mjs'
import { filter, projection, sort, update } from './queries.mjs'
import { tame, wild } from './values.mjs'

const same = (left, right) => canonical(left) === canonical(right)

/** Answers as a whole: equal documents, or a refusal on both sides. */
function whole(request, ours, theirs, document) {
  if (ours.error && theirs.error) return []
  if (!ours.error && !theirs.error && same(ours.documents, theirs.documents)) return []
  return [{ request, document, ours, theirs }]
}

/** A filter is compared document by document. */
function compareFilter(request, documents, ours) {
  const theirs = oracle.matching(request.filter, documents)
  if (ours.error) {
    return theirs.some((answer) => answer.error) ? [] : [{ request, ours, theirs: theirs[0] }]
  }
  const found = new Set(ours.documents.map((document) => document._id))
  return documents.flatMap((document, index) => {
    const mine = { documents: found.has(document._id) ? [document] : [] }
    return whole(request, mine, theirs[index], document)
  })
}

function compareProjection(request, documents, ours) {
  const theirs = oracle.projected(request.projection, documents)
  if (ours.error || whole(request, ours, theirs).length === 0) return whole(request, ours, theirs)
  return documents.flatMap((document, index) => {
    const mine = { documents: [ours.documents[index]] }
    return whole(request, mine, oracle.projected(request.projection, [document]), document)
  })
}

/** Neighbours in our order must be in order for the stand-in, too. */
function compareSort(request, documents, ours) {
  const theirs = oracle.sorted(request.sort, documents)
  if (ours.error || whole(request, ours, theirs).length === 0) return whole(request, ours, theirs)
  return ours.documents.slice(1).flatMap((document, index) => {
    const before = ours.documents[index]
    // As both were given: equal ones keep that order.
    const pair = before._id < document._id ? [before, document] : [document, before]
    const mine = { documents: [before, document] }
    return whole(request, mine, oracle.sorted(request.sort, pair), pair)
  })
}

function compareUpdate(request, documents, ours) {
  const document = documents.find(({ _id }) => _id === request.filter._id)
  const mine = ours.error ? ours : { documents: ours.documents.filter(({ _id }) => _id === document._id) }
  return whole(request, mine, oracle.updated(request.update, document), document)
}

function compareExpression(request, documents, ours) {
  const theirs = oracle.aggregated(request.pipeline, documents)
  if (ours.error || whole(request, ours, theirs).length === 0) return whole(request, ours, theirs)
  return documents.flatMap((document, index) => {
    const mine = { documents: [ours.documents[index]] }
    return whole(request, mine, oracle.aggregated(request.pipeline, [document]), document)
  })
}

function comparePipeline(request, documents, ours) {
  const theirs = oracle.aggregated(request.pipeline, documents)
  if (isOrdered(request.pipeline) || ours.error || theirs.error) return whole(request, ours, theirs)
  const sorted = (answer) => ({
    documents: answer.documents.map((document) => [canonical(document), document]).sort().map(([, document]) => document),
  })
  return whole(request, sorted(ours), sorted(theirs))
}

export const KINDS = {
  filter: { of: 'query', document: wild, make: (dice) => ({ filter: filter(dice) }), compare: compareFilter },
  sort: { of: 'query', document: wild, make: (dice) => ({ filter: {}, sort: sort(dice) }), compare: compareSort },
  projection: { of: 'query', document: wild, make: (dice) => ({ filter: {}, projection: projection(dice) }), compare: compareProjection },
  update: {
    of: 'query',
    document: wild,
    make: (dice, documents) => ({ filter: { _id: dice.pick(documents)._id }, update: update(dice) }),
    compare: compareUpdate,
  },
  expression: {
    of: 'pipeline',
    document: tame,
    make: (dice) => ({ pipeline: [{ $project: { v: { $let: { vars: {}, in: expression(dice) } } } }] }),
    compare: compareExpression,
  },
  pipeline: { of: 'pipeline', document: tame, make: (dice) => ({ pipeline: pipeline(dice) }), compare: comparePipeline },
}
