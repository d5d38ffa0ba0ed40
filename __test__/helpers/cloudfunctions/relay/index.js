const cloud = require('wx-server-sdk')
const request = require('request')
const rp = require('request-promise')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const visits = cloud.database().collection('visits')
const caller = () => cloud.getWXContext().OPENID

// Each step says who is asking, as it is seen there.
exports.main = ({ url, style, n }) => {
  if (style === 'callback') {
    return new Promise((resolve, reject) => {
      request({ url, qs: { n }, json: true }, (error, response, body) => {
        if (error) reject(error)
        else visits.add({ data: { n: body.n, by: caller() } }).then(() => resolve({ n: body.n, seen: [caller()] }), reject)
      })
    })
  }
  const seen = [caller()]
  // The promises of request-promise are Bluebird's, which have a queue of their own.
  return rp({ uri: url, qs: { n }, json: true })
    .then((body) => { seen.push(caller()); return visits.add({ data: { n: body.n, by: caller() } }).then(() => body) })
    .then((body) => { seen.push(caller()); return { n: body.n, seen } })
}
