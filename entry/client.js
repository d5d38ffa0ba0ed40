'use strict'
module.exports = require('../index.js').client(globalThis, require, (url) => import(url))
