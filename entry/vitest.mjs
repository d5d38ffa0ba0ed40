import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
export default require('../index.js').vitest(globalThis, require, (url) => import(url))
