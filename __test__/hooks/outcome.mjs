// What a call answered, as a text that can be compared, and what no answer may say.

import { types } from 'node:util'
import { quietly } from './hooks.mjs'

const DEPTH_MAX = 7
const KEYS_MAX = 60
const TEXT_MAX = 2000
/** Words that are about the package's inside: nobody should ever read them. */
const INTERNAL = /internal error|Node-API status|panicked|borrow|poisoned|unreachable|is packed|was packed|not built yet/i
/** Made anew by each call, or by each process. */
const CHANCE = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b|\b[0-9a-f]{24}\b|\b0\.\d{10,}\b|127\.0\.0\.1:\d+|\n {4}at .*/g
const CHANCE_KEYS = new Set(['requestId', 'requestID', 'durationMs', 'callID', 'tempFilePath', 'tempFileURL', 'site', 'stack', 'at', 'sign', 'paySign', 'nonceStr', 'timeStamp', 'prepayId', 'package', 'transactionId'])
const BACK_LINKS = new Set(['database', '_db', 'cloud', 'config', '_client', '_collection', 'collection', 'runTransaction', '_query', '_handle'])

/** A text for a value; equal texts mean equal values. Never throws, never runs a hook. */
export function describe(value) {
  return quietly(() => described(value, 0))
}

function described(value, depth) {
  try {
    switch (typeof value) {
      case 'string': return JSON.stringify(textOf(value))
      case 'number': return Object.is(value, -0) ? '-0' : String(value)
      case 'bigint': return `${value}n`
      case 'function': return 'function'
      case 'object': return value === null ? 'null' : objectText(value, depth)
      default: return String(value)
    }
  } catch { return 'unreadable' }
}

function textOf(text) {
  const plain = text.replace(CHANCE, '<id>')
  return plain.length > TEXT_MAX ? `${plain.slice(0, TEXT_MAX)}..${plain.length}` : plain
}

function objectText(value, depth) {
  if (types.isExternal(value)) return 'external'
  if (types.isDate(value)) return `date ${Date.prototype.getTime.call(value)}`
  if (types.isNativeError(value) || value instanceof Error) return errorText(value)
  if (types.isPromise(value)) return 'promise'
  if (ArrayBuffer.isView(value)) return `bytes ${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1', 0, 100)}`
  if (types.isAnyArrayBuffer(value)) return `bytes ${value.byteLength}`
  if (depth >= DEPTH_MAX) return '..'
  if (Array.isArray(value)) {
    const items = Array.from({ length: Math.min(value.length, KEYS_MAX) }, (_, at) => described(value[at], depth + 1))
    return `[${items.join(', ')}${value.length > KEYS_MAX ? ` ..${value.length}` : ''}]`
  }
  const keys = Object.keys(value)
  const entries = keys.slice(0, KEYS_MAX).filter((key) => !BACK_LINKS.has(key))
    .map((key) => `${JSON.stringify(key)}: ${CHANCE_KEYS.has(key) ? '<id>' : described(value[key], depth + 1)}`)
  const name = Object.getPrototypeOf(value)?.constructor?.name
  return `${name === 'Object' || typeof name !== 'string' ? '' : `${name} `}{${entries.join(', ')}${keys.length > KEYS_MAX ? ` ..${keys.length}` : ''}}`
}

function errorText(error) {
  const parts = ['message', 'errCode', 'code', 'errMsg'].filter((key) => key in error).map((key) => `${key}: ${described(error[key], DEPTH_MAX)}`)
  return `${Object.getPrototypeOf(error)?.constructor?.name} {${parts.join(', ')}}`
}

/**
 * Why what was thrown or rejected is none of the errors that callers may get; `undefined` if it is.
 * With broken built-ins it may be no error.
 */
export function objectionTo(error, isOurs, isBroken) {
  return quietly(() => {
    if (isOurs(error)) return undefined
    try {
      const isError = types.isNativeError(error) || error instanceof Error
      if (!isError) return isBroken ? undefined : `not an error: ${described(error, 0)}`
      for (const text of [error.message, error.errMsg]) if (typeof text === 'string' && INTERNAL.test(text)) return `words of the inside: ${text.slice(0, 300)}`
    } catch { /* an error with hooks of the program's own */ }
    return undefined
  })
}

/** Whether a text says something that only the inside should know. */
export function isInternal(text) {
  return INTERNAL.test(text)
}
