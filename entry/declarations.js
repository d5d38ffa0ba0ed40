'use strict'
// Part of the build: writes the type declarations that the addon renders from its own tables.
for (const [file, text] of Object.entries(require('../index.js').declarations())) {
  require('node:fs').writeFileSync(require('node:path').join(__dirname, '..', file), text)
}
