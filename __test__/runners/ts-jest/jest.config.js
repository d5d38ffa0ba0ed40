module.exports = {
  preset: 'ts-jest',
  ...require('wx-server-sdk-local/jest-preset'),
  rootDir: '..',
  roots: ['<rootDir>/ts-jest'],
  testMatch: ['<rootDir>/ts-jest/*.test.ts'],
  transform: { '\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/ts-jest/tsconfig.json', isolatedModules: true }] },
  collectCoverageFrom: ['ts-jest/cloudfunctions/**/*.ts'],
}
