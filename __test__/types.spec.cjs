'use strict'
// The declarations: fresh, complete, and as strict as the official ones where programs rely on them.
const { test } = require('node:test')
const assert = require('node:assert')
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const ts = require('typescript')
const { declarations } = require('../index.js')
const local = require('../entry/sdk.js')
const surface = require('./types/surface.cjs')

const ROOT = join(__dirname, '..')

/** Compiles a project of `__test__/types` and gives its errors. */
function errorsOf(project) {
  const path = join(__dirname, 'types', project)
  const { config } = ts.readConfigFile(path, ts.sys.readFile)
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, join(__dirname, 'types'), undefined, path)
  assert.ok(parsed.fileNames.length > 0)
  return ts.getPreEmitDiagnostics(ts.createProgram(parsed.fileNames, parsed.options))
    .map(({ file, start, messageText }) => {
      const line = file === undefined ? '' : `${file.fileName}:${file.getLineAndCharacterOfPosition(start).line + 1}: `
      return line + ts.flattenDiagnosticMessageText(messageText, '\n')
    })
}

test('the program compiles against the official declarations', () => {
  assert.deepStrictEqual(errorsOf('tsconfig.official.json'), [])
})

test('the same program, what is missing there and what must fail compile against ours', () => {
  assert.deepStrictEqual(errorsOf('tsconfig.json'), [])
})

test('the checked-in declarations are fresh', () => {
  for (const [name, text] of Object.entries(declarations())) {
    assert.strictEqual(readFileSync(join(ROOT, name), 'utf8'), text, `${name} is stale: run npm run build`)
  }
})

/** Declared member names of every type and of the module itself, from the checked-in file. */
function declared() {
  const file = join(ROOT, 'index.d.ts')
  const program = ts.createProgram([file], { types: ['node'], strict: true })
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(program.getSourceFile(file))
  const members = new Map([['', checker.getExportsOfModule(module).filter(({ flags }) => flags & ts.SymbolFlags.Value)]])
  for (const space of ['DB', 'ICloud']) {
    const symbol = checker.getExportsOfModule(module).find(({ name }) => name === space)
    for (const type of checker.getExportsOfModule(symbol)) {
      members.set(`${space}.${type.name}`, checker.getDeclaredTypeOfSymbol(type).getProperties())
    }
  }
  return members
}
const isDeprecated = (symbol) => symbol.getJsDocTags().some(({ name }) => name === 'deprecated')

test('every member of the runtime is declared, and every declaration has its member', () => {
  local.init({ env: 'e' })
  const members = declared()
  for (const [type, { value, ignored = [] }] of Object.entries(surface(local))) {
    const names = new Set()
    for (let level = value; level && ![Object.prototype, Function.prototype].includes(level); level = Object.getPrototypeOf(level)) {
      Object.getOwnPropertyNames(level).filter((name) => name !== 'constructor' && !name.startsWith('_')).forEach((name) => names.add(name))
    }
    const symbols = members.get(type)
    assert.ok(symbols, `${type} is not declared`)
    const promised = symbols.filter((symbol) => !isDeprecated(symbol) && !symbol.name.startsWith('__')).map(({ name }) => name)
    const all = symbols.map(({ name }) => name)
    assert.deepStrictEqual([...names].filter((name) => !all.includes(name) && !ignored.includes(name)), [], `${type}: not declared`)
    assert.deepStrictEqual(promised.filter((name) => !names.has(name) && !ignored.includes(name)), [], `${type}: not at runtime`)
  }
})

test('every call of the control API is declared, and every declaration has its call', () => {
  const testing = require('../entry/testing.js')
  const file = join(ROOT, 'testing.d.ts')
  const program = ts.createProgram([file], { types: ['node'], strict: true })
  const checker = program.getTypeChecker()
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)))
  /** `seed`, `clock.set`: what can be called of values with these names. */
  const declaredCalls = (symbols) => symbols.flatMap((symbol) => {
    const type = checker.getTypeOfSymbol(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol)
    return type.getCallSignatures().length > 0 ? [symbol.name] : type.getProperties().map(({ name }) => `${symbol.name}.${name}`)
  }).filter((name) => !name.startsWith('__')).sort()
  const calls = (object) => Object.entries(object)
    .flatMap(([name, value]) => (typeof value === 'function' ? [name] : Object.keys(value).map((key) => `${name}.${key}`))).sort()
  const isValue = ({ flags }) => (flags & (ts.SymbolFlags.Value | ts.SymbolFlags.Alias)) !== 0
  assert.deepStrictEqual(declaredCalls(exported.filter(isValue)), calls(testing))
  const world = checker.getDeclaredTypeOfSymbol(exported.find(({ name }) => name === 'TestWorld'))
  assert.deepStrictEqual(declaredCalls(world.getProperties()), calls(testing.createTest()))
})

test('everything of the export object is explained', () => {
  const [names] = declared().values()
  const undocumented = names.filter((symbol) => symbol.getDocumentationComment(undefined).length === 0).map(({ name }) => name)
  assert.deepStrictEqual(undocumented, [])
})
