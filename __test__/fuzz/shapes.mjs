// What deviations are told by: the terms of a filter and the shape of what they look at.

export const isObject = (value) =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date) && !(value instanceof RegExp)

/** Every `{ path, operator, operand }` of a filter, whatever they are nested in. */
export function terms(filter, prefix = '') {
  return Object.entries(filter ?? {}).flatMap(([key, operand]) => {
    if (key === '$or' || key === '$and' || key === '$nor') return operand.flatMap((branch) => terms(branch, prefix))
    return termsOf(key.startsWith('$') ? prefix : join(prefix, key), key.startsWith('$') ? { [key]: operand } : operand)
  })
}

const join = (prefix, key) => (prefix === '' ? key : `${prefix}.${key}`)

function termsOf(path, condition) {
  if (condition instanceof RegExp) return [{ path, operator: '$regex', operand: condition }]
  const isOperators = isObject(condition) && Object.keys(condition).some((key) => key.startsWith('$'))
  if (!isOperators) return [{ path, operator: '$eq', operand: condition }]
  return Object.entries(condition).flatMap(([operator, operand]) => {
    const inner = operator === '$not' || operator === '$elemMatch' ? terms(inside(operand), path) : []
    return [{ path, operator, operand }, ...inner]
  })
}

const inside = (operand) => (operand instanceof RegExp ? { $regex: operand } : operand)

/** The values that a path may mean: arrays, their elements, and what lies in them. */
export function reached(document, path) {
  let values = [document]
  for (const segment of path.split('.')) {
    values = values.flatMap((value) => {
      if (Array.isArray(value)) {
        const within = value.filter((item) => isObject(item) && segment in item).map((item) => item[segment])
        return /^\d+$/.test(segment) && segment in value ? [value[segment], ...within] : within
      }
      return isObject(value) && segment in value ? [value[segment]] : []
    })
  }
  return values.flatMap((value) => (Array.isArray(value) ? [value, ...value] : [value]))
}

/** Whether an array stands on the way to the last segment of a path. */
export function crossesArray(document, path) {
  const segments = path.split('.')
  return segments.slice(1).some((_, index) =>
    reached(document, segments.slice(0, index + 1).join('.')).some(Array.isArray))
}

/** Whether `test` holds for a value or anything in it. */
export function holds(value, test) {
  if (test(value)) return true
  if (Array.isArray(value)) return value.some((item) => holds(item, test))
  return isObject(value) && Object.values(value).some((item) => holds(item, test))
}

export const hasIndexSegment = (path) => path.split('.').some((segment) => /^\d+$/.test(segment))
