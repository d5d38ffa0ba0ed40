'use strict'
module.exports = require('../index.js').client(globalThis, require, (url) => import(url))
// Never run. Node reads the names that `import { createClient } from` may ask for out of it.
0 && (exports.createClient = 0)
