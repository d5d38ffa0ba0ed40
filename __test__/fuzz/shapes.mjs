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

/** Every `{ operator, path, operand }` of an update. */
export const changes = (update) =>
  Object.entries(update ?? {}).flatMap(([operator, fields]) =>
    Object.entries(fields).map(([path, operand]) => ({ operator, path, operand })))

/** What lies at a path as an update walks it: array indexes, no arrays crossed otherwise. */
export function target(document, path) {
  let value = document
  for (const segment of path.split('.')) {
    if (Array.isArray(value) ? !/^\d+$/.test(segment) : !isObject(value)) return undefined
    value = value[segment]
  }
  return value
}

/** Whether something on the way to a path can hold no field of the path's name. */
export function isBlocked(document, path) {
  const segments = path.split('.')
  return segments.slice(1).some((segment, index) => {
    const parent = target(document, segments.slice(0, index + 1).join('.'))
    if (Array.isArray(parent)) return !/^\d+$/.test(segment)
    return parent !== undefined && !isObject(parent)
  })
}

/** Whether an expression or a pipeline uses an operator, with an operand that passes `test`. */
export function uses(expression, operator, test = () => true) {
  return holds(expression, (value) => isObject(value) && operator in value && test(value[operator]))
}

/** Every operand of an operator in an expression. */
export function operands(expression, operator) {
  const found = []
  holds(expression, (value) => {
    if (isObject(value) && operator in value) found.push(value[operator])
    return false
  })
  return found
}

/** The given values of an answer's order: the keys that a sort compares. */
export const sortPaths = (request) => Object.keys(request.sort ?? {})
