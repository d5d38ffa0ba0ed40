// The kinds of cases: how each is made, asked of both sides, and compared.
//
// A comparison yields differences: `{ request, document?, ours, theirs }`, as narrow as the kind
// allows, so that a known deviation of the stand-in excuses one document and not a whole case.

import { canonical, same } from './extended.mjs'
import * as oracle from './oracle.mjs'
import { expression, isOrdered, pipeline } from './pipelines.mjs'
import { filter, projection, sort, update } from './queries.mjs'
import { tame, wild } from './values.mjs'

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

/** Answers that have one document for each one given. */
function compareEach(request, documents, ours, theirs) {
  if (ours.error || theirs.error) return whole(request, ours, theirs)
  return documents.flatMap((document, index) =>
    whole(request, { documents: [ours.documents[index]] }, { documents: [theirs.documents[index]] }, document))
}

const compareProjection = (request, documents, ours) =>
  compareEach(request, documents, ours, oracle.projected(request.projection, documents))

/** Neighbours in our order must stand in that order in the stand-in's answer, too. */
function compareSort(request, documents, ours) {
  const theirs = oracle.sorted(request.sort, documents)
  if (ours.error || theirs.error) return whole(request, ours, theirs)
  const places = new Map(theirs.documents.map(({ _id }, place) => [_id, place]))
  return ours.documents.slice(1).flatMap((document, index) => {
    const pair = [ours.documents[index], document]
    if (places.get(pair[0]._id) < places.get(pair[1]._id)) return []
    // By themselves, in the order they were given: other documents may have misled it.
    const given = pair.toSorted((left, right) => left._id - right._id)
    return whole(request, { documents: pair }, oracle.sorted(request.sort, given), pair)
  })
}

function compareUpdate(request, documents, ours) {
  const document = documents.find(({ _id }) => _id === request.filter._id)
  const mine = ours.error ? ours : { documents: ours.documents.filter(({ _id }) => _id === document._id) }
  return whole(request, mine, oracle.updated(request.update, document), document)
}

/** An expression that the stand-in refuses for one document is asked document by document. */
function compareExpression(request, documents, ours) {
  const theirs = oracle.aggregated(request.pipeline, documents)
  if (ours.error || !theirs.error) return compareEach(request, documents, ours, theirs)
  return documents.flatMap((document, index) =>
    whole(request, { documents: [ours.documents[index]] }, oracle.aggregated(request.pipeline, [document]), document))
}

function comparePipeline(request, documents, ours) {
  const theirs = oracle.aggregated(request.pipeline, documents)
  if (isOrdered(request.pipeline) || ours.error || theirs.error) return whole(request, ours, theirs, documents)
  const sorted = (answer) => ({
    documents: answer.documents.map((document) => [canonical(document), document]).sort().map(([, document]) => document),
  })
  return whole(request, sorted(ours), sorted(theirs), documents)
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
