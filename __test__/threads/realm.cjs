// Evaluated in a context of its own, as a test runner does with a test file: uses the package in the ways named.
(addon, require, load, uses) => {
  const cloud = addon.sdk(globalThis, require, load)
  const testing = addon.testing(globalThis, require, load)
  cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
  const db = cloud.database()
  const upload = () => cloud.uploadFile({ cloudPath: 'x', fileContent: Buffer.alloc(100) })
  const ways = {
    async 'reads and writes'() {
      await testing.seed({ items: [{ _id: '1' }] })
      for (let n = 0; n < 50; n++) await db.collection('items').add({ data: { n, at: new Date(), list: [{ n }] } })
      await db.collection('items').get()
      await db.collection('missing').get().catch(() => {})
      await db.runTransaction((transaction) => transaction.collection('items').doc('1').update({ data: { a: 1 } }))
    },
    async 'files'() {
      const { fileID } = await upload()
      await cloud.downloadFile({ fileID })
    },
    async 'functions'() {
      testing.functions.register('f', () => { console.log(); return process.version })
      await testing.invoke('f')
      await cloud.callFunction({ name: 'f' })
      if (testing.invocations()[0].log.length !== 1) throw new Error('lines are kept more than once')
    },
    async 'worlds and clocks'() {
      const world = testing.createTest({ as: 'someone' })
      await world.run(async () => { await world.seed({ items: [{ _id: '2' }] }); await db.collection('items').get() })
      testing.clock.set('2026-01-01')
      await testing.clock.advance(10)
    },
    async 'pages'() {
      await testing.seed({ items: [{ _id: '1' }] })
      await testing.permissions.collection('items', 'READONLY')
      const page = addon.client(globalThis, require, load).createClient('user')
      page.init()
      await new Promise((resolve, reject) => page.database().collection('items').watch({ onChange: resolve, onError: reject }))
      const { fileID } = await upload()
      await page.downloadFile({ fileID })
    },
    async 'what is never awaited'() {
      void upload()
      void db.collection('missing').get().catch(() => {})
    },
  }
  return (async () => { for (const use of uses) await ways[use]() })()
}
