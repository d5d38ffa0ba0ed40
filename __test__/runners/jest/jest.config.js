module.exports = {
  preset: 'wx-server-sdk-local',
  rootDir: '..',
  roots: ['<rootDir>/jest', '<rootDir>/project'],
  testMatch: ['<rootDir>/jest/*.test.js'],
  collectCoverageFrom: ['project/cloudfunctions/**/*.js'],
}
