//! Scripts that need no realm: the hook that makes `wx-server-sdk` resolve here, and the plugin of
//! Vitest. They run before a program has begun, so they must not look at it.

/// The body of a function of `require` and `isLater`. Installs the hook once for each thread.
///
/// On Node below 22.15 `import` is hooked by another thread, which takes as long to start as the
/// one it serves. Where it `isLater` that waits for code that may import something.
pub const REGISTER: &str = r"'use strict';
const Module = require('module');
const { dirname } = require('path');
const { pathToFileURL } = require('url');
const NAME = 'wx-server-sdk';
const sdk = require.resolve('./sdk.js');
const key = Symbol.for('wx-server-sdk-local.register');
if (Module[key]) return;
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  return request === NAME ? sdk : Reflect.apply(resolve, this, [request, ...rest]);
};
// Bluebird's promises (those of request-promise) run their callbacks from a queue of its own, in
// whichever caller's context emptied it. It can keep each callback's context, when it is told to.
const load = Module._load;
const traced = (Bluebird) => {
  if (typeof Bluebird?.config !== 'function') return Bluebird;
  Bluebird.config({ asyncHooks: true });
  const copy = Bluebird.getNewLibraryCopy;
  if (copy !== undefined) Bluebird.getNewLibraryCopy = () => traced(copy());
  return Bluebird;
};
const met = new WeakSet();
Module._load = function (request, ...rest) {
  const loaded = Reflect.apply(load, this, [request, ...rest]);
  if (/(^|[\\/])bluebird(\.js)?$/.test(request) && typeof loaded === 'function' && !met.has(loaded)) {
    met.add(loaded);
    traced(loaded);
  }
  return loaded;
};
const url = pathToFileURL(sdk).href;
let isHooked = false;
const hookImports = Module[key] = () => {
  if (isHooked) return;
  isHooked = true;
  if (Module.registerHooks) {
    Module.registerHooks({
      resolve: (name, context, next) =>
        (name === NAME ? { url, format: 'commonjs', shortCircuit: true } : next(name, context)),
    });
  } else if (Module.register) {
    const hooks = `export const resolve = (name, context, next) => (name === ${JSON.stringify(NAME)}
      ? { url: ${JSON.stringify(url)}, format: 'commonjs', shortCircuit: true } : next(name, context));`;
    Module.register('data:text/javascript,' + encodeURIComponent(hooks));
  }
};
if (Module.registerHooks || !isLater) return hookImports();
const compile = Module.prototype._compile;
const ours = dirname(sdk);
Module.prototype._compile = function (source, file, ...rest) {
  if (dirname(String(file)) !== ours && /\bimport\b/.test(source)) hookImports();
  return Reflect.apply(compile, this, [source, file, ...rest]);
};
";

/// The body of a function of `require` and of the functions' directory that returns the plugin.
pub const VITEST: &str = r"'use strict';
const { dirname } = require('path');
const sdk = require.resolve('./sdk.js');
const register = require.resolve('./register.js');
const setup = require.resolve('./vitest-setup.mjs');
const execArgv = ['--require', register];
const escaped = dirname(sdk).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const functions = root.replaceAll('\\', '/').replace(/[*?{}()[\]!]/g, '\\$&') + '/**';
// Modules that Vite transforms meet the alias, modules that Node loads meet the hook.
return () => ({
  name: 'wx-server-sdk-local',
  config: () => ({
    resolve: { alias: [{ find: /^wx-server-sdk$/, replacement: sdk }] },
    test: {
      execArgv,
      poolOptions: {
        forks: { execArgv }, threads: { execArgv }, vmForks: { execArgv }, vmThreads: { execArgv },
      },
      server: { deps: { external: [new RegExp(escaped)] } },
    },
  }),
  configureVitest: ({ vitest, project: { config } }) => {
    // No import leads from a test to the functions it invokes.
    vitest.config.forceRerunTriggers.push(functions);
    // Test files that share a process share this package, and must not share its data.
    const pools = Object.values(config.poolOptions ?? {});
    if ([config, ...pools].some(({ isolate }) => isolate === false)) {
      config.setupFiles.unshift(setup);
      config.server.deps.inlineFiles.push(setup);
    }
  },
});
";
