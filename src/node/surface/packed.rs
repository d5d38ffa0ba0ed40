//! The reading side of [`convert::packed`](crate::node::convert::packed): makes a value of the realm
//! from numbers in shared memory and one text.

use crate::node::convert::packed::{NEXT_TEXTS, PLAIN, SHARED_NUMBERS, Tag};

/// `unpack` and what compiled factories use.
pub fn script() -> String {
    let mut source = SOURCE.to_owned();
    let tags = [
        ("NUMBER", Tag::Number),
        ("TEXT", Tag::Text),
        ("NULL", Tag::Null),
        ("FALSE", Tag::False),
        ("TRUE", Tag::True),
        ("DATE", Tag::Date),
        ("LIST", Tag::List),
        ("OBJECT", Tag::Object),
        ("MADE", Tag::Made),
        ("ROWS", Tag::Rows),
    ];
    for (name, tag) in tags {
        source = source.replace(&format!("${name}$"), &(tag as u8).to_string());
    }
    source
        .replace("$PLAIN$", &PLAIN.to_string())
        .replace("$NEXT_TEXTS$", &NEXT_TEXTS.to_string())
        .replace("$SHARED_NUMBERS$", &SHARED_NUMBERS.to_string())
}

const SOURCE: &str = r"
const shared = new Float64Array($SHARED_NUMBERS$);
const factories = [];
// The numbers and the place in them; the texts, narrow and wide, and the places in those.
const c = { n: shared, p: 0, narrow: '', at: 0, wide: '', wideAt: 0, full: [], nextFull: 0, made: [], nextMade: 0 };
const text = (length) => {
  if (length >= 0) { const from = c.at; return c.narrow.substring(from, c.at = from + length); }
  const from = c.wideAt; return c.wide.substring(from, c.wideAt = from - length);
};
const made = () => c.made[c.nextMade++];
const value = () => {
  switch (c.n[c.p++]) {
    case $NUMBER$: return c.n[c.p++];
    case $TEXT$: return text(c.n[c.p++]);
    case $NULL$: return null;
    case $FALSE$: return false;
    case $TRUE$: return true;
    case $DATE$: return new Date(c.n[c.p++]);
    case $LIST$: return list();
    case $OBJECT$: return object();
    case $MADE$: return made();
    case $ROWS$: return rows();
  }
};
const list = () => {
  const count = c.n[c.p++], items = [];
  for (let i = 0; i < count; i++) items[i] = value();
  return items;
};
const rows = () => {
  const count = c.n[c.p++], items = [];
  for (let i = 0; i < count; i++) items[i] = object();
  return items;
};
const nextTexts = () => {
  c.narrow = c.full[c.nextFull++]; c.wide = c.full[c.nextFull++];
  c.at = c.wideAt = 0;
};
const object = () => {
  let factory = c.n[c.p++];
  if (factory === $NEXT_TEXTS$) { nextTexts(); factory = c.n[c.p++]; }
  return factory === $PLAIN$ ? plain() : factories[factory]();
};
const plain = () => {
  const count = c.n[c.p++], object = {};
  for (let i = 0; i < count; i++) {
    const key = text(c.n[c.p++]), part = value();
    if (key === '__proto__') Object.defineProperty(object, key, { value: part, writable: true, enumerable: true, configurable: true });
    else object[key] = part;
  }
  return object;
};
const unpack = (narrow, wide, full, values, numbers) => {
  c.n = numbers === undefined ? shared : new Float64Array(numbers);
  c.narrow = narrow; c.wide = wide; c.full = full; c.made = values;
  c.p = c.at = c.wideAt = c.nextFull = c.nextMade = 0;
  if (full !== undefined) nextTexts();
  const result = value();
  c.n = shared; c.narrow = c.wide = ''; c.full = c.made = undefined;
  return result;
};
const compile = (number, body) => {
  factories[number] = Function('c', 'text', 'made', 'value', 'list', 'rows', 'object', 'Date', `return () => {${body}}`)(
    c, text, made, value, list, rows, object, Date);
};
";
