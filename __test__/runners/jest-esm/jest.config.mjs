export default {
  preset: 'wx-server-sdk-local',
  rootDir: '..',
  roots: ['<rootDir>/jest-esm', '<rootDir>/project'],
  testMatch: ['<rootDir>/jest-esm/*.test.mjs'],
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'json', 'node'],
  transform: {},
  collectCoverageFrom: ['jest-esm/cloudfunctions/**/*.mjs'],
}
