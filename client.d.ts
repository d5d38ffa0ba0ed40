// Generated from the tables in `src/node/declarations`; `npm run build` writes it.
export {}
