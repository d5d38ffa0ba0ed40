'use strict'
module.exports = require('../index.js').testing(globalThis, require, (url) => import(url))
