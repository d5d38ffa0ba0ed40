const cloud = require('wx-server-sdk')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()
const _ = db.command

// Counts for the calling user; after a pause, if one is asked for.
exports.main = async ({ by = 1, pause = 0 }) => {
  const { OPENID } = cloud.getWXContext()
  if (by === 0) throw new RangeError('count by something')
  if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
  const counters = db.collection('counters')
  const { stats } = await counters.doc(OPENID).update({ data: { count: _.inc(by) } })
  if (stats.updated === 0) await counters.add({ data: { _id: OPENID, count: by } })
  const { data } = await counters.doc(OPENID).get()
  return data
}
