import cloud from 'wx-server-sdk'
import { greeting } from '../../greeting.mjs'

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })

export const main = async ({ name }) => {
  await cloud.database().collection('sent').add({ data: { text: greeting(name) } })
  return {}
}
