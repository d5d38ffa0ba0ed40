import wx from 'wx-server-sdk-local/vitest'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [wx()],
  root: import.meta.dirname ?? new URL('.', import.meta.url).pathname,
  test: {
    include: ['*.test.mjs'],
    pool: process.env.POOL ?? 'forks',
  },
})
