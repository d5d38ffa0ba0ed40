const cloud = require('wx-server-sdk')
const TcbRouter = require('tcb-router')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()
const orders = db.collection('orders')

exports.main = async (event) => {
  const app = new TcbRouter({ event })

  // Every route knows who is asking.
  app.use(async (ctx, next) => {
    ctx.data = { openid: cloud.getWXContext().OPENID, trail: ['all'] }
    await next()
    console.log('answered', event.$url)
  })

  // Orders are their owner's.
  app.use(['order/get', 'order/cancel'], async (ctx, next) => {
    ctx.data.trail.push('owner')
    ctx.data.order = (await orders.doc(event.id).get()).data
    if (ctx.data.order._openid !== ctx.data.openid) {
      ctx.body = { code: 403 }
      return
    }
    await next()
  })

  app.router('order/add', async (ctx) => {
    const { _id } = await orders.add({ data: { _openid: ctx.data.openid, item: event.item, createdAt: db.serverDate() } })
    ctx.body = { code: 0, _id }
  })

  app.router(['order/list', 'order/mine'], async (ctx, next) => {
    ctx.data.trail.push('list')
    await next()
  }, async (ctx) => {
    const { data } = await orders.where({ _openid: ctx.data.openid }).orderBy('item', 'asc').get()
    ctx.body = { code: 0, items: data.map(({ item }) => item), trail: ctx.data.trail }
  })

  app.router('order/get', async (ctx) => {
    ctx.body = { code: 0, item: ctx.data.order.item, trail: ctx.data.trail }
  })

  app.router('order/cancel', async (ctx) => {
    const { stats } = await orders.doc(event.id).remove()
    ctx.body = { code: 0, removed: stats.removed }
  })

  app.router('order/twice', async (ctx, next) => { await next(); await next() })

  // A route that calls another function of its kind.
  app.router('order/forward', async (ctx) => {
    const { result } = await cloud.callFunction({ name: 'shop', data: { $url: 'order/mine' } })
    ctx.body = { code: 0, ...result, source: cloud.getWXContext().SOURCE }
  })

  return app.serve()
}
