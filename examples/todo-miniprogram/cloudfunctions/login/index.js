const cloud = require('wx-server-sdk')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()
const _ = db.command

// Who is calling? The first call registers the user, later ones count visits.
exports.main = async () => {
  const { OPENID, APPID, UNIONID } = cloud.getWXContext()
  const users = db.collection('users')
  const { data } = await users.where({ _openid: OPENID }).limit(1).get()
  if (data.length === 0) {
    await users.add({ data: { _openid: OPENID, visits: 1, firstSeen: db.serverDate() } })
    console.log('welcome,', OPENID)
  } else {
    await users.doc(data[0]._id).update({ data: { visits: _.inc(1), lastSeen: db.serverDate() } })
    console.log('welcome back,', OPENID)
  }
  return { openid: OPENID, appid: APPID, unionid: UNIONID, visits: (data[0]?.visits ?? 0) + 1 }
}
