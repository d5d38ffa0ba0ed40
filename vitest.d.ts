// Generated from the tables in `src/node/declarations`; `npm run build` writes it.

/** A Vitest plugin: `require('wx-server-sdk')` and `import` of it resolve to this package. */
export default function wxServerSdkLocal(): { name: string }
