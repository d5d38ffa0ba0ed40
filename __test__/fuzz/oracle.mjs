// The answers of mingo, which stands for MongoDB over plain JavaScript values.

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { Aggregator, Query, updateOne } = require('mingo')

/** A copy that shares nothing, not even what the original shares within itself. */
function copy(value) {
  if (Array.isArray(value)) return value.map(copy)
  if (value === null || typeof value !== 'object' || value instanceof Date || value instanceof RegExp) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]))
}

/** Runs `work`; a refusal is an answer, too. */
function attempt(work) {
  try {
    return { documents: work() }
  } catch (error) {
    return { error: error.message }
  }
}

/** Which documents match, one answer a document. */
export function matching(filter, documents) {
  let query
  try {
    query = new Query(filter)
  } catch (error) {
    return documents.map(() => ({ error: error.message }))
  }
  return documents.map((document) => attempt(() => (query.test(document) ? [document] : [])))
}

export const sorted = (sort, documents) => attempt(() => new Query({}).find(copy(documents)).sort(sort).all())

export const projected = (projection, documents) =>
  attempt(() => copy(documents).map((document) => new Query({}).find([document], copy(projection)).all()[0]))

/** The document after an update. */
export function updated(update, document) {
  return attempt(() => {
    const documents = [copy(document)]
    updateOne(documents, {}, copy(update))
    return documents
  })
}

/** Stage by stage: results of one may share values, and the next would change them all. */
export function aggregated(pipeline, documents) {
  return attempt(() => {
    const options = { collectionResolver: () => copy(documents) }
    return pipeline.reduce((input, stage) => copy(new Aggregator([copy(stage)], options).run(input)), copy(documents))
  })
}
