'use strict'
// Loaded before the program: a second of its thread is a twentieth, so that many limits of functions pass in a test.
const { isMainThread } = require('node:worker_threads')
const { setTimeout } = globalThis
if (isMainThread) globalThis.setTimeout = (work, ms, ...rest) => setTimeout(work, ms === 1000 ? 50 : ms, ...rest)
