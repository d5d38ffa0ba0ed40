const cloud = require('wx-server-sdk')
const dayjs = require('dayjs')
const utc = require('dayjs/plugin/utc')
const _ = require('lodash')
require('date-utils')

dayjs.extend(utc)
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()

// Sales by day in China, of the seven days before `event.until`.
exports.main = async (event) => {
  const until = dayjs.utc(event.until).utcOffset(8).endOf('day')
  const { data } = await db.collection('sales').where({
    at: db.command.gt(until.subtract(7, 'day').toDate()).and(db.command.lte(until.toDate())),
  }).limit(1000).get()
  const days = _.groupBy(data, ({ at }) => dayjs(at).utcOffset(8).format('YYYY-MM-DD'))
  const rows = _.sortBy(_.map(days, (sales, day) => ({ day, total: _.sumBy(sales, 'price'), dates: _.every(sales, ({ at }) => _.isDate(at)) })), 'day')
  // date-utils adds methods to every date, those of the database too.
  const first = _.minBy(data, 'at')
  await db.collection('reports').doc(first.at.toFormat('YYYYMM')).set({ data: _.defaultsDeep({ rows }, { meta: { by: 'report', next: first.at.clone().addDays(1) } }) })
  return { rows, saved: (await db.collection('reports').doc(first.at.toFormat('YYYYMM')).get()).data }
}
