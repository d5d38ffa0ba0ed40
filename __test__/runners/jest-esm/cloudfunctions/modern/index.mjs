import cloud from 'wx-server-sdk'

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()

export const main = async ({ note }) => {
  const { OPENID } = cloud.getWXContext()
  const { _id } = await db.collection('notes').add({ data: { note, owner: OPENID } })
  return { _id }
}
