'use strict'
module.exports = {
  testEnvironment: 'node',
  moduleNameMapper: { '^wx-server-sdk$': require.resolve('./entry/sdk.js') },
}
