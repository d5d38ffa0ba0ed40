// The answers of mingo, which stands for MongoDB over plain JavaScript values.

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { Aggregator, Query, updateOne } = require('mingo')

const copy = (documents) => structuredClone(documents)

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

export function aggregated(pipeline, documents) {
  return attempt(() => {
    const source = copy(documents)
    return new Aggregator(copy(pipeline), { collectionResolver: () => source, processingMode: 3 }).run(source)
  })
}
