module.exports = {
  preset: 'wx-server-sdk-local',
  rootDir: '..',
  roots: ['<rootDir>/jest-30', '<rootDir>/project'],
  testMatch: ['<rootDir>/jest-30/*.test.js'],
  collectCoverageFrom: ['project/cloudfunctions/**/*.js'],
}
