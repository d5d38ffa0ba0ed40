module.exports = {
  preset: 'wx-server-sdk-local',
  rootDir: '..',
  roots: ['<rootDir>/jest-29', '<rootDir>/project'],
  testMatch: ['<rootDir>/jest-29/*.test.js'],
  collectCoverageFrom: ['project/cloudfunctions/**/*.js'],
}
