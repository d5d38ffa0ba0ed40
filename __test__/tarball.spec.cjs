'use strict'
// As a new user meets the package: `npm pack`'s tarball in an empty directory, the README's own
// files and commands, and each of the ways to switch it in.
const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, describe, test } = require('node:test')

const root = path.resolve(__dirname, '..')
const home = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'wx-tarball-'))
after(() => fs.rmSync(home, { recursive: true, force: true }))
// The README's commands begin beside the checkout.
fs.symlinkSync(root, path.join(home, 'wx-server-sdk-local'), 'dir')

/** The environment of a user's shell, without a network. */
function environment() {
  const env = { ...process.env, CI: '1', NO_COLOR: '1', HOME: home }
  for (const name of Object.keys(env)) if (/^(NODE_|WX_LOCAL_|npm_)/.test(name)) delete env[name]
  return { ...env, npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' }
}

function shell(cwd, command) {
  const { status, stdout, stderr } = spawnSync(command, { cwd, shell: true, encoding: 'utf8', env: environment() })
  assert.equal(status, 0, `${command}\n${stdout}\n${stderr}`)
  return stdout
}

/** The files and commands of a section, as they stand in a document. */
function section(document, title) {
  const text = fs.readFileSync(path.join(root, document), 'utf8')
  const part = text.slice(text.indexOf(`\n## ${title}\n`)).slice(1).split('\n## ')[0]
  const steps = []
  for (const [, language, label, source] of part.matchAll(/^```(\w+) ?(.*)\n([^]*?)^```$/gm)) {
    if (language === 'sh') steps.push(...source.trim().split('\n').map((command) => ({ command })))
    else steps.push({ file: label, source })
  }
  return steps
}

function write(directory, name, text) {
  const file = path.join(directory, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

const starts = [['README.md', 'From nothing to a passing test'], ['README.zh-CN.md', '从零到第一个通过的测试']]
for (const [document, title] of starts) {
  test(`${document}: a function and its first test pass within five commands`, () => {
    const directory = path.join(home, `empty-${document}`)
    fs.mkdirSync(directory)
    const steps = section(document, title)
    const commands = steps.filter(({ command }) => command !== undefined)
    assert.ok(commands.length > 1 && commands.length <= 5, `${commands.length} commands`)
    const printed = []
    for (const { command, file, source } of steps) {
      if (command === undefined) write(directory, file, source)
      else printed.push(shell(directory, command))
    }
    const [ran, answered] = printed.slice(-2)
    assert.match(ran, /# pass 1\n# fail 0/)
    assert.match(answered, /"errMsg": "collection\.add:ok"/)
    assert.deepEqual(fs.readdirSync(path.join(directory, 'node_modules')).filter((name) => !name.startsWith('.')), ['wx-server-sdk-local'])
  })
}

const TODO = section(...starts[0]).find(({ file }) => file === 'cloudfunctions/todo/index.js').source
const CHECKS = `
functions.use('cloudfunctions'LOADER)
test('the function runs against the tarball', async () => {
  await seed({ todos: [] })
  await invoke('todo', { text: 'eggs' }, { as: 'user-1' })
  if ((await dump('todos'))[0]._openid !== 'user-1') throw new Error('not stored')
  if (cloud.version !== '4.0.2' || !/node_modules.wx-server-sdk(-local)?.entry/.test(require.resolve('wx-server-sdk'))) throw new Error(require.resolve('wx-server-sdk'))
})
`
const file = 'file:../wx-server-sdk-local-0.1.0.tgz'

/** A directory with the tarball, a function and a test of it; the runner is the checkout's own. */
function installed(name, { as = 'wx-server-sdk-local', runner }) {
  const directory = path.join(home, name)
  fs.mkdirSync(directory)
  shell(directory, `npm install --save-dev ${as}@${file}`)
  if (runner !== undefined) fs.symlinkSync(fs.realpathSync(path.join(root, 'node_modules', runner)), path.join(directory, 'node_modules', runner), 'dir')
  write(directory, 'cloudfunctions/todo/index.js', TODO)
  return directory
}

describe('each way to switch, from the tarball', () => {
  const common = (from) => `const cloud = require('wx-server-sdk')\nconst { dump, functions, invoke, seed } = require('${from}/testing')\n`
  test('pack', () => shell(home, 'npm pack ./wx-server-sdk-local'))

  test('register, for require and for import', () => {
    const directory = installed('register', {})
    write(directory, 'a.test.cjs', `const { test } = require('node:test')\n${common('wx-server-sdk-local')}${CHECKS.replace('LOADER', '')}`)
    write(directory, 'b.test.mjs', `import { test } from 'node:test'\nimport cloud from 'wx-server-sdk'\ntest('import', () => { cloud.init() })\n`)
    for (const flag of ['--require', '--import']) assert.match(shell(directory, `node ${flag} wx-server-sdk-local/register --test`), /# pass 2\n# fail 0/)
  })

  test('an alias that takes the official name', () => {
    const directory = installed('alias', { as: 'wx-server-sdk' })
    write(directory, 'a.test.cjs', `const { test } = require('node:test')\n${common('wx-server-sdk')}${CHECKS.replace('LOADER', '')}`)
    write(directory, 'b.test.mjs', `import { test } from 'node:test'\nimport cloud from 'wx-server-sdk'\ntest('import', () => { cloud.init() })\n`)
    assert.match(shell(directory, 'node --test'), /# pass 2\n# fail 0/)
    // The program keeps its name, and functions find the alias without a hook.
    write(directory, 'wx-local.config.json', '{ "collections": ["todos"] }')
    assert.match(shell(directory, `npx wx-server-sdk-local run todo --event '{"text":"tea"}'`), /collection\.add:ok/)
  })

  test("Jest's preset", () => {
    const directory = installed('jest', { runner: 'jest' })
    write(directory, 'jest.config.js', "module.exports = { preset: 'wx-server-sdk-local' }\n")
    write(directory, 'a.test.js', `${common('wx-server-sdk-local')}${CHECKS.replace('LOADER', ', { require }')}`)
    shell(directory, 'node node_modules/jest/bin/jest.js')
  })

  test("Vitest's plugin", () => {
    const directory = installed('vitest', { runner: 'vitest' })
    write(directory, 'vitest.config.mjs', "import wx from 'wx-server-sdk-local/vitest'\nexport default { plugins: [wx()] }\n")
    write(directory, 'a.test.mjs', `import { createRequire } from 'node:module'
import { test } from 'vitest'
import cloud from 'wx-server-sdk'
import { dump, functions, invoke, seed } from 'wx-server-sdk-local/testing'
const require = createRequire(import.meta.url)
${CHECKS.replace('LOADER', '')}`)
    shell(directory, 'node node_modules/vitest/vitest.mjs run')
  })
})

describe('the types of every entry, from the tarball', () => {
  const sources = {
    'jest.config.ts': "import preset from 'wx-server-sdk-local/jest-preset'\nexport default { ...preset, preset: 'ts-jest' }\n",
    'vitest.config.mts': "import wx from 'wx-server-sdk-local/vitest'\nexport default { plugins: [wx()] }\n",
    'vitest.config.ts': "import wx from 'wx-server-sdk-local/vitest'\nexport default { plugins: [wx()] }\n",
    'use.mts': `import cloud, { database } from 'wx-server-sdk-local'
import * as testing from 'wx-server-sdk-local/testing'
import { createTest } from 'wx-server-sdk-local/testing'
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
export const total: Promise<number> = database().collection('todos').count().then((answer) => answer.total)
export const world: testing.TestWorld = createTest({ as: 'ann' })
export const text: Promise<string> = testing.export('todos', 'csv')
`,
    'use.ts': "import cloud from 'wx-server-sdk-local'\nimport { seed } from 'wx-server-sdk-local/testing'\ncloud.init()\nexport const done: Promise<void> = seed({})\n",
    'hook.ts': "import 'wx-server-sdk-local/register'\n",
  }
  const ways = [
    ['nodenext', 'nodenext', Object.keys(sources)],
    ['esnext', 'bundler', Object.keys(sources)],
    // It knows no `exports`, so the hook, which has no types, is not for it.
    ['commonjs', 'node10', ['jest.config.ts', 'use.ts', 'vitest.config.ts']],
  ]
  test('they resolve for every kind of module', () => {
    const directory = installed('typed', { runner: 'typescript' })
    fs.symlinkSync(path.join(root, 'node_modules', '@types'), path.join(directory, 'node_modules', '@types'), 'dir')
    for (const [name, source] of Object.entries(sources)) write(directory, name, source)
    for (const [module, resolution, files] of ways) {
      // Where Node decides it is CommonJS, which does not import an ES module's types.
      const checked = resolution === 'nodenext' ? files.filter((name) => name !== 'vitest.config.ts') : files
      shell(directory, `node node_modules/typescript/bin/tsc --noEmit --strict --esModuleInterop --noUncheckedSideEffectImports --target es2022 --lib es2022,esnext.disposable --types node --module ${module} --moduleResolution ${resolution} ${checked.join(' ')}`)
    }
  })
})

describe('what the tarball holds', () => {
  const [{ files, unpackedSize }] = JSON.parse(shell(home, 'npm pack --json --dry-run ./wx-server-sdk-local'))
  const shipped = new Set(files.map((entry) => entry.path))

  test('everything that package.json names', () => {
    const { bin, exports: entries, main, types } = require('../package.json')
    const named = [main, types, ...Object.values(bin)]
    for (const entry of Object.values(entries)) named.push(...(typeof entry === 'string' ? [entry] : Object.values(entry)))
    for (const name of named) assert.ok(shipped.has(path.normalize(name)), name)
  })

  test('the addon, and nothing that only the build needs', () => {
    assert.ok([...shipped].some((name) => /^wx-server-sdk-local\..+\.node$/.test(name)))
    const known = /^(entry\/(cli|client|instance|register|sdk|testing)\.js|entry\/(vitest|vitest-setup)\.mjs|index\.js|jest-preset\.js|(client|index|jest-preset|testing|vitest)\.d\.ts|vitest\.d\.mts|[^/]+\.node|package\.json|LICENSE|[^/]+\.md|docs\/.+\.md)$/
    assert.deepEqual([...shipped].filter((name) => !known.test(name)), [])
    assert.ok(unpackedSize < 24e6, `${unpackedSize} bytes`)
  })

  test('no document links to one that is not there', () => {
    for (const name of shipped) {
      if (!name.endsWith('.md')) continue
      for (const [, target] of fs.readFileSync(path.join(root, name), 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        if (/^[a-z]+:/.test(target)) continue
        assert.ok(shipped.has(path.join(path.dirname(name), target)), `${name} links to ${target}`)
      }
    }
  })

  test('no dependencies and no scripts that run at installation', () => {
    const { dependencies, scripts } = require('../package.json')
    assert.equal(dependencies, undefined)
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) assert.equal(scripts[name], undefined)
  })
})
