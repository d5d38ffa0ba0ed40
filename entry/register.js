'use strict'
require('../index.js').register(globalThis, require, (url) => import(url))
