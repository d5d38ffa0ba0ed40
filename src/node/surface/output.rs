//! What the program of the command line makes of output that is not taken.

/// The body of a function of `require`. A failed write is heard of here, and not as an exception
/// that nobody caught: what is said of one is written to the same stream.
pub const OUTPUT: &str = r"'use strict';
const process = require('process');
// The reader has left, as `head` does when it has read enough: no fault of ours.
const LEFT = ['EPIPE', 'ECONNRESET', 'EOF'];
process.stderr.on('error', () => {});
let isTold = false;
process.stdout.on('error', ({ code, message }) => {
  if (LEFT.includes(code) || isTold) return;
  isTold = true;
  process.stderr.write(`error: standard output: ${message}\n`);
  process.exitCode = 1;
});
";
