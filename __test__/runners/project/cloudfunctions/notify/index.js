const cloud = require('wx-server-sdk')
const { greeting } = require('./text')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()

// Sends everybody their greeting, and keeps what was sent.
exports.main = async () => {
  const { data: users } = await db.collection('users').get()
  for (const { _id, name } of users) {
    const text = greeting(name)
    await cloud.openapi.subscribeMessage.send({ touser: _id, data: { thing1: { value: text } }, templateId: 't1' })
    await db.collection('sent').add({ data: { to: _id, text, at: db.serverDate() } })
  }
  return { sent: users.length }
}
