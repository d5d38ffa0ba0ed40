// The package as the cases meet it: its entries, and worlds that are alike.

import { AsyncResource } from 'node:async_hooks'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Builder } from './build.mjs'
import { findExports } from './exports.mjs'

const require = createRequire(import.meta.url)
/** Another build can be tested. */
const root = resolve(process.env.WX_LOCAL_TEST_PACKAGE ?? fileURLToPath(new URL('../..', import.meta.url)))
const TIME = Date.UTC(2026, 0, 1)
/** What the collections of a world hold at first. */
const DOCUMENTS = [
  { _id: 'a', a: 1, n: 1, tags: ['x', 'y'], b: { c: 1 } }, { _id: 'b', a: 'hello', n: 2, tags: [] }, { _id: 'c', a: null, n: 3, d: new Date(6) },
  { _id: 'd', a: [1, 2], n: 4, price: 5 }, { _id: 'e', n: 5, at: { type: 'Point', coordinates: [1, 1] } }, { _id: 'f', a: 5, n: 6, b: 2, qty: 2 },
]
/** Stages of an aggregation are kept in one list: a receiver of its own for each call. */
const CHANGES_ITSELF = /\.(?:aggregate|pipeline)\(\)/
/** Exports that read a whole value and leave the world as it is. */
const READS = /Query\.(?:where|field)$|DocumentReference\.field$|Aggregat(?:e|ion)\.(?!end|out|unwrap|done|indexStats)\w+$/
/** Exports after which the model knows what is stored. */
const STORES = /(?:CollectionReference\.add|DocumentReference\.(?:set|update))$/
/** Exports that only make an object, in whatever world. */
const BUILDS = /Database\.command\.|Database\.Geo\.|Command\.|Aggregation\.|\.parse$|\.toJSON$/

export class Scene {
  constructor() {
    process.env.WX_LOCAL_DATA_DIR = ':memory:'
    this.directory = mkdtempSync(join(tmpdir(), 'wx-hooks-'))
    process.once('exit', () => rmSync(this.directory, { recursive: true, force: true }))
    this.cloud = require(join(root, 'entry/sdk.js'))
    this.testing = require(join(root, 'entry/testing.js'))
    this.createClient = require(join(root, 'entry/client.js')).createClient
    this.cloud.init({ env: this.cloud.DYNAMIC_CURRENT_ENV })
    this.builder = new Builder(this.#constants())
  }

  /** Finds the exports; a scene is of no use before. */
  async open() {
    const world = await this.world()
    const value = (text) => this.builder.value(text, world.roots)
    const found = findExports(world.roots, value)
    found.byName = new Map(found.map((entry) => [entry.name, entry]))
    for (const [at, entry] of found.entries()) {
      entry.at = at
      entry.hasFrame = entry.name.includes('cloud') && !BUILDS.test(entry.name)
      entry.outside = entry.receivers.filter((text) => !text.startsWith('txn'))
      if (entry.outside.length === 0) entry.outside = entry.receivers
      const receiver = value(entry.receivers[0])
      entry.arity = (entry.key === undefined ? receiver : receiver[entry.key])?.length ?? 1
    }
    found.readers = [...found.keys()].filter((at) => READS.test(found[at].name))
    found.stores = found.filter(({ name }) => STORES.test(name))
    this.exports = found
    this.counts = new Uint32Array(found.length)
    world.dispose()
    return this
  }

  #constants() {
    const db = this.cloud.database()
    const { Geo, command } = db
    const point = (n) => Geo.Point(n, 1)
    const line = () => Geo.LineString([point(0), point(1)])
    const ring = () => Geo.LineString([Geo.Point(0, 0), Geo.Point(1, 1), Geo.Point(1, 0), Geo.Point(0, 0)])
    const filePath = join(this.directory, 'file')
    writeFileSync(filePath, 'x'.repeat(100_000))
    return {
      db, _: command, $: command.aggregate, Geo, point, line, ring, polygon: () => Geo.Polygon([ring()]), filePath, directory: this.directory, cloudPath: 'u',
      fileID: 'cloud://local.wx-local/a', stream: (chunks) => Readable.from(chunks), openFile: () => createReadStream(filePath).on('error', () => {}),
    }
  }

  /** A world like any other one that this makes. */
  async world() {
    const { cloud, createClient } = this
    const control = this.testing.createTest({ as: 'user' })
    control.clock.set(TIME)
    await control.seed({ t: DOCUMENTS, u: DOCUMENTS, o: [] })
    await control.permissions.collection('t', { read: true, write: true })
    control.functions.register('echo', (event) => event)
    control.functions.register('stores', async (event) => {
      await cloud.database().collection('t').doc('stored').set({ data: { event } })
      return event
    })
    control.container.route('svc', ({ data }) => ({ data }))
    const wx = control.client('user')
    wx.init()
    let enter
    await control.run(() => { enter = AsyncResource.bind((work) => work()) })
    const txn = await enter(() => cloud.database().startTransaction())
    const roots = { cloud, testing: control, wx, txn, createClient, createTest: this.testing.createTest, snapshot: await control.snapshot() }
    return new World(this, { control, enter, roots })
  }
}

class World {
  #receivers = new Map()

  constructor(scene, { control, enter, roots }) {
    Object.assign(this, { scene, control, enter, roots })
  }

  receiver(text) {
    let receiver = this.#receivers.get(text)
    if (receiver === undefined) {
      receiver = this.enter(() => this.scene.builder.value(text, this.roots))
      if (!CHANGES_ITSELF.test(text)) this.#receivers.set(text, receiver)
    }
    return receiver
  }

  /** All documents of all collections. */
  async documents() {
    const names = await this.control.collections()
    const all = {}
    for (const name of names.sort()) all[name] = await this.control.dump(name)
    return all
  }

  dispose() {
    // A transaction that was not ended holds its locks; one that was says so.
    Promise.resolve(this.roots.txn.rollback()).catch(() => {})
    this.control.dispose().catch(() => {})
  }
}
