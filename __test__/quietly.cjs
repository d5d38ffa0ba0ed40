'use strict'
/** Runs `work` without what it prints. */
function quietly(work) {
  const kept = {}
  for (const name of ['log', 'info', 'warn', 'error', 'group', 'groupEnd']) {
    kept[name] = console[name]
    console[name] = () => {}
  }
  const restore = () => Object.assign(console, kept)
  try {
    const value = work()
    if (typeof value?.then === 'function') return value.finally(restore)
    restore()
    return value
  } catch (error) {
    restore()
    throw error
  }
}

module.exports = { quietly }
