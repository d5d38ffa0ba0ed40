const cloud = require('wx-server-sdk')
const jwt = require('jsonwebtoken')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const SECRET = 'not so secret'

exports.main = async ({ action, token }) => {
  const { OPENID, APPID } = cloud.getWXContext()
  switch (action) {
    case 'login': return { token: jwt.sign({ openid: OPENID }, SECRET, { audience: APPID, expiresIn: '2h' }) }
    case 'check': return { openid: jwt.verify(token, SECRET, { audience: APPID }).openid, same: jwt.decode(token).openid === OPENID }
    // The callback form leaves the chain of promises.
    default: return new Promise((resolve) => {
      jwt.verify(token, SECRET, (error) => resolve({ error: error && error.name, openid: cloud.getWXContext().OPENID }))
    })
  }
}
