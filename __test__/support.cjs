'use strict'
// Both packages, initialised alike. The official one talks to a stub that is never reached by default.
process.env.TENCENTCLOUD = 'true'
process.env.SILENCE = 'true'

const official = require('wx-server-sdk')
const local = require('../entry/sdk.js')

const config = { env: 'env-1', secretId: 'id', secretKey: 'key' }
official.init(config)
local.init(config)

/** Runs `work` without what it prints. */
function quietly(work) {
  const { log, info, warn, error, group, groupEnd } = console
  Object.assign(console, { log() {}, info() {}, warn() {}, error() {}, group() {}, groupEnd() {} })
  const restore = () => Object.assign(console, { log, info, warn, error, group, groupEnd })
  try {
    const value = work()
    if (typeof value?.then === 'function') return value.finally(restore)
    restore()
    return value
  } catch (error_) {
    restore()
    throw error_
  }
}

module.exports = { official, local, quietly }
