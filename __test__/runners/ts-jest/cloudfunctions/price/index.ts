import cloud from 'wx-server-sdk'

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()

interface Event { item: string; amount: number }

// What an amount of an item costs.
export async function main({ item, amount }: Event): Promise<{ total: number }> {
  const { data } = await db.collection('items').where({ item }).get()
  if (data.length === 0) throw new Error(`nobody sells ${item}`)
  return { total: data[0].price * amount }
}
