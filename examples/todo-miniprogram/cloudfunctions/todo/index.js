const cloud = require('wx-server-sdk')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()
const _ = db.command
const todos = db.collection('todos')

const actions = {
  async add({ text, tags = [], due }, owner) {
    const data = { _openid: owner, text, tags, done: false, createdAt: db.serverDate() }
    if (due) data.due = new Date(due)
    const { _id } = await todos.add({ data })
    return { _id }
  },

  async list({ page = 0, size = 5, done }, owner) {
    const condition = { _openid: owner }
    if (typeof done === 'boolean') condition.done = done
    const query = todos.where(condition)
    const [{ total }, { data }] = await Promise.all([
      query.count(),
      query
        .orderBy('done', 'asc')
        .orderBy('createdAt', 'desc')
        .skip(page * size)
        .limit(size)
        .field({ text: true, done: true, tags: true, createdAt: true })
        .get(),
    ])
    return { total, pages: Math.ceil(total / size), page, data }
  },

  async finish({ id }, owner) {
    const { stats } = await todos
      .where({ _id: id, _openid: owner, done: false })
      .update({ data: { done: true, finishedAt: db.serverDate(), history: _.push({ done: new Date() }) } })
    return stats
  },

  async remove({ id }, owner) {
    const { stats } = await todos.where({ _id: id, _openid: owner }).remove()
    return stats
  },

  async count(_event, owner) {
    const [all, open, urgent] = await Promise.all([
      todos.where({ _openid: owner }).count(),
      todos.where({ _openid: owner, done: _.neq(true) }).count(),
      todos.where({ _openid: owner, done: false, tags: _.in(['urgent']) }).count(),
    ])
    return { all: all.total, open: open.total, urgent: urgent.total }
  },
}

exports.main = async (event) => {
  const { OPENID } = cloud.getWXContext()
  const action = actions[event.action]
  if (!action) throw new Error(`unknown action ${event.action}`)
  const answer = await action(event, OPENID)
  console.log(event.action, JSON.stringify(answer))
  return answer
}
