'use strict'
module.exports = require('../index.js').testing(globalThis, require, (url) => import(url))
// Never run: the names that `import { seed } from` may ask for.
0 && (module.exports = { as: 0, calls: 0, clock: 0, cloudPay: 0, collections: 0, createTest: 0, diagnostics: 0, dump: 0, export: 0, faults: 0, functions: 0, import: 0, indexes: 0, invocations: 0, invoke: 0, openData: 0, openapi: 0, reset: 0, restore: 0, run: 0, seed: 0, snapshot: 0, trigger: 0 })
