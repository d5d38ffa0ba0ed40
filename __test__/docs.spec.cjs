'use strict'
// Runs what the documents show: every block of JavaScript, in a project that depends on the package.
//
// ```js              runs, after the files and blocks of its section's document were written
// ```js file.js      is written as that file (any language may name one)
// ```js no-run why   is shown only
// <!-- run: command --> runs a command in that project; it must succeed
const { test, describe } = require('node:test')
const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const root = path.resolve(__dirname, '..')
/** The package that the documents are tested against: this one, unless another build is to be. */
const tested = path.resolve(process.env.WX_LOCAL_TEST_PACKAGE ?? root)
const documents = [
  'README.md', 'README.zh-CN.md',
  ...fs.readdirSync(path.join(root, 'docs'), { recursive: true }).filter((name) => name.endsWith('.md')).map((name) => path.join('docs', name)),
]
const scripts = new Set(['js', 'mjs', 'cjs'])

/** The fenced blocks and commands of a document, in order. */
function parts(text) {
  const found = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const command = /^<!-- run: (.+) -->$/.exec(lines[at])
    if (command) found.push({ line: at + 1, command: command[1] })
    const fence = /^```(\w+)(?: +(.*))?$/.exec(lines[at])
    if (!fence) continue
    const start = at + 1
    while (++at < lines.length && lines[at] !== '```');
    found.push({ line: start, language: fence[1], label: fence[2] ?? '', source: `${lines.slice(start, at).join('\n')}\n` })
  }
  return found
}

/** A directory whose `node_modules` holds the package and the runners. */
function project() {
  const directory = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'wx-docs-'))
  const modules = path.join(directory, 'node_modules')
  fs.mkdirSync(modules)
  fs.symlinkSync(tested, path.join(modules, 'wx-server-sdk-local'), 'dir')
  for (const name of ['ava', 'jest', 'vitest', 'mocha']) {
    const installed = path.join(root, 'node_modules', name)
    if (fs.existsSync(installed)) fs.symlinkSync(fs.realpathSync(installed), path.join(modules, name), 'dir')
  }
  return directory
}

/** The environment of a user's shell: nothing of the runner that runs this file. */
function environment(directory) {
  const env = { ...process.env, CI: '1', NO_COLOR: '1', HOME: directory }
  for (const name of Object.keys(env)) {
    if (name.startsWith('NODE_') || name.startsWith('WX_LOCAL_')) delete env[name]
  }
  return env
}

function run(directory, command, args, where) {
  const { status, signal, stdout, stderr } = spawnSync(command, args, {
    cwd: directory, env: environment(directory), encoding: 'utf8', timeout: 120_000, shell: args === undefined,
  })
  assert.equal(status, 0, `${where} (${signal ?? status}):\n${stdout}\n${stderr}`)
  return stdout
}

/** What the comments `// prints: x` of a block promise. */
const promised = (source) => [...source.matchAll(/\/\/ (?:prints|输出): (.*)$/gm)].map(([, text]) => text.trim())

for (const name of documents) {
  const all = parts(fs.readFileSync(path.join(root, name), 'utf8'))
  if (!all.some(({ command, language }) => command || scripts.has(language))) continue
  describe(name, () => {
    const directory = project()
    for (const { line, command, language, label, source } of all) {
      const where = `${name}:${line}`
      if (command) {
        test(`${where} ${command}`, () => run(directory, command, undefined, where))
      } else if (label.startsWith('no-run')) {
        test(`${where} says why it is not run`, () => assert.ok(label.length > 'no-run'.length + 3, where))
      } else if (label) {
        test(`${where} ${label}`, () => {
          const file = path.join(directory, label)
          fs.mkdirSync(path.dirname(file), { recursive: true })
          fs.writeFileSync(file, source)
        })
      } else if (scripts.has(language)) {
        test(`${where} runs`, () => {
          const isModule = language === 'mjs' || /^import /m.test(source)
          const file = path.join(directory, `block-${line}.${isModule ? 'mjs' : 'cjs'}`)
          // CommonJS has no `await` at the top: documents read better with it.
          fs.writeFileSync(file, isModule ? source : `(async () => {\n${source}\n})().catch((error) => { console.error(error); process.exitCode = 1 })\n`)
          const printed = run(directory, process.execPath, ['--require', 'wx-server-sdk-local/register', file], where)
          for (const text of promised(source)) assert.ok(printed.includes(text), `${where} prints\n${printed}not ${text}`)
        })
      }
    }
    test('leaves nothing behind', () => fs.rmSync(directory, { recursive: true, force: true }))
  })
}

test('the README has at most 150 lines', () => {
  for (const name of ['README.md', 'README.zh-CN.md']) {
    assert.ok(fs.readFileSync(path.join(root, name), 'utf8').split('\n').length <= 151, name)
  }
})

test('links between the documents lead somewhere', () => {
  for (const name of [...documents, 'COMPAT.md', 'CHANGELOG.md']) {
    const text = fs.readFileSync(path.join(root, name), 'utf8')
    for (const [, target] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      assert.ok(fs.existsSync(path.join(root, path.dirname(name), target)), `${name} links to ${target}`)
    }
  }
})

test('every diagnostic of the source is described', () => {
  const pitfalls = fs.readFileSync(path.join(root, 'docs/pitfalls.md'), 'utf8')
  const source = fs.readFileSync(path.join(root, 'src/sdk/diagnostics.rs'), 'utf8')
  const names = Array.from(source.matchAll(/=> "([a-z-]+)",/g), ([, name]) => name)
  assert.ok(names.includes('query-truncated'))
  for (const name of names) assert.ok(pitfalls.includes(`### ${name}\n`), name)
})

test('every variable of the source is described', () => {
  const described = fs.readFileSync(path.join(root, 'docs/environment.md'), 'utf8')
  const files = fs.readdirSync(path.join(root, 'src'), { recursive: true }).filter((name) => /(?<!tests)\.rs$/.test(name))
  const sources = files.map((name) => fs.readFileSync(path.join(root, 'src', name), 'utf8'))
  const names = new Set(sources.flatMap((source) => Array.from(source.matchAll(/["'](WX_LOCAL_[A-Z_]+)["']/g), ([, name]) => name)))
  // For tests of this package alone.
  names.delete('WX_LOCAL_TEST_SEED')
  assert.ok(names.has('WX_LOCAL_DATA_DIR'))
  for (const name of names) assert.ok(described.includes(`\`${name}\``), name)
})
