'use strict'
// COMPAT.md has a row for every name: of the official package's own objects, and of our tables.
const { describe, test } = require('node:test')
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const official = require('wx-server-sdk')
const { createClient } = require('../entry/client.js')

const root = path.resolve(__dirname, '..')
const rows = new Map()
for (const line of fs.readFileSync(path.join(root, 'COMPAT.md'), 'utf8').split('\n')) {
  const row = /^\| `([^`]+)` \| ([^|]+) \| (.*) \|$/.exec(line)
  if (row) rows.set(row[1], { status: row[2], notes: row[3] })
}

/** Names that a program may use: neither private ones nor constructors. */
const isPublic = (name) => name !== 'constructor' && !name.startsWith('_')
const members = (object) => Object.getOwnPropertyNames(object).filter(isPublic)
const methods = (object) => members(Object.getPrototypeOf(object))

function surface() {
  official.init({ env: 'compat' })
  const db = official.database()
  const _ = db.command
  const collection = db.collection('c')
  const point = db.Geo.Point(1, 2)
  const line = db.Geo.LineString([point, db.Geo.Point(1, 3), db.Geo.Point(2, 3), point])
  const polygon = db.Geo.Polygon([line])
  const shapes = [
    point, line, polygon, db.Geo.MultiPoint([point]), db.Geo.MultiLineString([line]), db.Geo.MultiPolygon([polygon]),
  ]
  return {
    'cloud.': Object.keys(official),
    'db.': [...members(db), ...methods(db)].filter((name) => !['_db'].includes(name)),
    'collection.': [...methods(collection), ...methods(Object.getPrototypeOf(collection))],
    'query.': methods(collection.where({ a: 1 })),
    'doc.': methods(collection.doc('a')),
    'aggregate.': methods(collection.aggregate()).filter((name) => name !== 'pushStage'),
    '_.': Object.keys(_),
    '_.project.': Object.keys(_.project),
    '$.': Object.keys(_.aggregate),
    'pipeline.': methods(_.aggregate.pipeline()),
    'command.': [...methods(_.eq(1)), ...methods(_.or([]))],
    'db.Geo.': Object.keys(db.Geo),
    ...Object.fromEntries(Object.keys(db.Geo).map((name, at) => [`${name}.`, methods(shapes[at])])),
    'ServerDate.': methods(db.serverDate()),
    'RegExp.': methods(db.RegExp({ regexp: 'a' })),
    'wx.cloud.': ['callContainer', 'connectContainer', 'callHTTPFunction', 'CDN', 'services', 'extend', ...Object.keys(createClient())],
    // Made by a request, so not walked.
    'transaction.': ['collection', 'commit', 'init', 'rollback'],
  }
}

describe('COMPAT.md', () => {
  for (const [prefix, names] of Object.entries(surface())) {
    test(`has every ${prefix}name of the official package`, () => {
      assert.ok(names.length > 0)
      for (const name of names) assert.ok(rows.has(prefix + name), `no row for ${prefix}${name}`)
    })
  }

  test('says yes, partly or no, and how where it says partly', () => {
    for (const [name, { status, notes }] of rows) {
      assert.match(status, /^(yes|partly|no)$/, name)
      if (status === 'partly') assert.ok(notes.length > 0, `${name} differs, and how?`)
    }
  })

  /** What a pattern finds in a file of the sources. */
  const found = (file, pattern) => [...fs.readFileSync(path.join(root, file), 'utf8').matchAll(pattern)].map(([, name]) => name)

  test('has every stage, expression, accumulator and update operator of the engine', () => {
    const renamed = { $ne: '$.neq' }
    const isThere = (name) => rows.has(name) || rows.has(renamed[name]) || rows.has(`$.${name.slice(1)}`) || rows.has(`aggregate.${name.slice(1)}`)
    const names = [
      ...found('src/aggregate/stage/mod.rs', /^ {12}"(\$\w+)" =>/gm),
      ...found('src/aggregate/expression/mod.rs', /^ {4}\("(\$\w+)"/gm),
      ...found('src/aggregate/accumulator/mod.rs', /^ {12}"(\$\w+)" =>/gm),
      ...found('src/update/parse.rs', /^ {12}"(\$\w{2,})"/gm),
    ]
    assert.ok(names.length > 140, `${names.length}`)
    for (const name of names) assert.ok(isThere(name), `no row for ${name}`)
  })

  test('has every error number of the package', () => {
    const numbers = found('src/sdk/messages.rs', /^ {8}(-[\d_]+) => "/gm)
    assert.ok(numbers.length > 40)
    for (const number of numbers) assert.ok(rows.has(number.replaceAll('_', '')), `no row for ${number}`)
  })
})
