// Runs before each test file, where several share a process.
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
require('../index.js').freshFile(globalThis, require, (url) => import(url))
