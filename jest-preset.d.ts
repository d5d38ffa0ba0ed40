// Generated from the tables in `src/node/declarations`; `npm run build` writes it.

/** What Jest's `preset: 'wx-server-sdk-local'` sets, to be spread beside another preset. */
declare const preset: { testEnvironment: 'node'; moduleNameMapper: Record<string, string> }

export = preset
