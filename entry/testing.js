'use strict'
module.exports = require('../index.js').testing(globalThis, require, (url) => import(url))
// Never run. Node reads the names that `import { seed } from` may ask for out of it.
0 && (
  exports.as =
  exports.calls =
  exports.client =
  exports.clock =
  exports.cloudPay =
  exports.collections =
  exports.container =
  exports.createTest =
  exports.diagnostics =
  exports.dump =
  exports.export =
  exports.faults =
  exports.functions =
  exports.import =
  exports.indexes =
  exports.invocations =
  exports.invoke =
  exports.openData =
  exports.openapi =
  exports.permissions =
  exports.reset =
  exports.restore =
  exports.run =
  exports.seed =
  exports.snapshot =
  exports.trigger = 0
)
