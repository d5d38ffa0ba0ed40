'use strict'
// The addon is loaded once a process, this file once a test file: it hands its realm over.
module.exports = require('../index.js').sdk(globalThis, require, (url) => import(url))
