import assert from 'node:assert/strict'
import cloud from 'wx-server-sdk'

it('ES modules get the local package', () => {
  assert.equal(cloud.version, '4.0.2')
  assert.ok('_handle' in cloud === false && typeof cloud.DYNAMIC_CURRENT_ENV === 'symbol')
})
