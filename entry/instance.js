'use strict'
// A thread of the command line's program, in which functions run.
require('../index.js').instance(globalThis, require, (url) => import(url))
