//! The realm's side of [`convert::packed`](crate::node::convert::packed): makes a result from
//! numbers in shared memory and one text, and leaves an argument there in the same form.

use crate::node::convert::VALUES_MAX;
use crate::node::convert::packed::{NEXT_TEXTS, PLAIN, Tag};
use crate::node::convert::unpack::{PACKED_DEPTH, PACKED_NUMBERS, PACKED_UNITS};

/// `pack`, `unpack` and what compiled factories use.
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
        ("UNDEFINED", Tag::Undefined),
        ("QUERY", Tag::QueryCommand),
        ("LOGIC", Tag::LogicCommand),
        ("UPDATE", Tag::UpdateCommand),
    ];
    for (name, tag) in tags {
        source = source.replace(&format!("${name}$"), &(tag as u8).to_string());
    }
    source
        .replace("$PLAIN$", &PLAIN.to_string())
        .replace("$NEXT_TEXTS$", &NEXT_TEXTS.to_string())
        .replace("$PACKED_NUMBERS$", &PACKED_NUMBERS.to_string())
        .replace("$PACKED_UNITS$", &PACKED_UNITS.to_string())
        .replace("$PACKED_DEPTH$", &PACKED_DEPTH.to_string())
        .replace("$VALUES_MAX$", &VALUES_MAX.to_string())
}

const SOURCE: &str = r"
const { Array, RangeError } = host.global, { isArray } = Array;
// A sparse array can claim four billion elements, each of which the language visits when it moves
// them or makes a text of the array. One that long is refused, as it is as an argument.
const visitable = (list, left = $VALUES_MAX$) => {
  if (list?.length > left) throw new RangeError('the value has more than $VALUES_MAX$ values');
  return list;
};
const countDown = (value, left, above) => {
  if (typeof value !== 'object' || value === null || above.includes(value)) return left;
  if (!isArray(value) && !(value instanceof Array)) return left;
  const { length } = visitable(value, left);
  left -= length;
  above.push(value);
  for (let i = 0; i < length; i++) left = countDown(value[i], left, above);
  above.pop();
  return left;
};
const printable = (value) => {
  countDown(value, $VALUES_MAX$, []);
  return value;
};
// Of a list, a proxy of one too; -1 of anything else. A proxy may say any length: it counts as
// JavaScript's own functions of lists count it, and is asked once.
const { max, min, trunc } = Math;
const listLength = (value) => {
  if (!isArray(value)) return -1;
  const { length } = value;
  if (typeof length === 'number' && length >>> 0 === length) return length;
  return min(max(trunc(+length) || 0, 0), Number.MAX_SAFE_INTEGER);
};
const { pack, unpack, compile } = (() => {
const shared = new Float64Array(native.sharedMemory);
const factories = [];
// Taken now: a later one may be code of the user's that calls back.
const { Date, Function } = host.global;
const { assign, defineProperty } = Object;
// The numbers and the place in them; the texts, narrow and wide, and the places in those.
const c = { n: shared, p: 0, narrow: '', at: 0, wide: '', wideAt: 0, full: [], nextFull: 0, made: [], nextMade: 0, isBusy: false };
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
    // Of `Object.prototype`: `__proto__`, or what somebody has put there.
    if (key in object) defineProperty(object, key, { __proto__: null, value: part, writable: true, enumerable: true, configurable: true });
    else object[key] = part;
  }
  return object;
};
// A value that is made while another one is, from a setter of somebody's, leaves that as it was.
const unpackInside = (...parts) => {
  const outer = assign({}, c);
  c.isBusy = false;
  try { return unpack(...parts); } finally { assign(c, outer); }
};
const unpack = (narrow, wide, full, values, numbers) => {
  if (c.isBusy) return unpackInside(narrow, wide, full, values, numbers);
  c.isBusy = true;
  c.n = numbers === undefined ? shared : new Float64Array(numbers);
  c.narrow = narrow; c.wide = wide; c.full = full; c.made = values;
  c.p = c.at = c.wideAt = c.nextFull = c.nextMade = 0;
  if (full !== undefined) nextTexts();
  try { return value(); } finally {
    c.n = shared; c.narrow = c.wide = ''; c.full = c.made = undefined;
    c.isBusy = false;
  }
};
const compile = (number, body) => {
  factories[number] = Function('c', 'text', 'made', 'value', 'list', 'rows', 'object', 'Date', `return () => {${body}}`)(
    c, text, made, value, list, rows, object, Date);
};
const packed = new Float64Array(native.packedMemory);
const commandTags = { __proto__: null, query: $QUERY$, logic: $LOGIC$, update: $UPDATE$ };
const { getPrototypeOf, keys } = Object, { getTime } = Date.prototype;
const objectPrototype = Object.prototype, datePrototype = Date.prototype;
const NOT_PACKED = Symbol('left to the reader');
let q = 0, texts = '', others, isPacking = false;
const put = (value, depth) => {
  if (q > $PACKED_NUMBERS$ - 8 || texts.length > $PACKED_UNITS$) throw NOT_PACKED;
  switch (typeof value) {
    case 'string':
      if (value.length > $PACKED_NUMBERS$) return putOther(value);
      packed[q++] = $TEXT$; packed[q++] = value.length; texts += value; return;
    case 'number': packed[q++] = $NUMBER$; packed[q++] = value; return;
    case 'boolean': packed[q++] = value ? $TRUE$ : $FALSE$; return;
    case 'undefined': packed[q++] = $UNDEFINED$; return;
    case 'object': if (value === null) packed[q++] = $NULL$; else putObject(value, depth); return;
    default: putOther(value);
  }
};
const putOther = (value) => {
  packed[q++] = $MADE$;
  // Without a prototype: nobody's setter hears of it.
  others ??= { __proto__: null, length: 1 };
  others[others.length++] = value;
};
const putObject = (value, depth) => {
  if (depth > $PACKED_DEPTH$) throw NOT_PACKED;
  const length = listLength(value);
  if (length >= 0) {
    if (length > $PACKED_NUMBERS$) throw NOT_PACKED;
    packed[q++] = $LIST$; packed[q++] = length;
    for (let i = 0; i < length; i++) put(value[i], depth + 1);
    return;
  }
  const prototype = getPrototypeOf(value);
  if (prototype === objectPrototype) return putProperties(value, depth);
  if (prototype === datePrototype) {
    let ms;
    try { ms = getTime.call(value); } catch { return putOther(value); }
    packed[q++] = $DATE$; packed[q++] = ms;
    return;
  }
  const brand = value[native.BRAND];
  const command = typeof brand === 'string' ? commandTags[brand] : undefined;
  if (command === undefined) return putOther(value);
  const { operator, operands, fieldName } = value;
  if (typeof operator !== 'string') return putOther(value);
  packed[q++] = command;
  packed[q++] = operator.length; texts += operator;
  put(operands, depth + 1);
  put(typeof fieldName === 'string' ? fieldName : undefined, depth);
};
const putProperties = (value, depth) => {
  const names = keys(value), { length } = names;
  packed[q++] = $OBJECT$; packed[q++] = length;
  for (let i = 0; i < length; i++) {
    if (q > $PACKED_NUMBERS$ - 8) throw NOT_PACKED;
    const name = names[i], part = value[name];
    if (name === 'toJSON' && typeof part === 'function') throw NOT_PACKED;
    packed[q++] = name.length; texts += name;
    put(part, depth + 1);
  }
};
// A caller's getter may call the SDK while its object is packed: such a call is left to the reader.
const pack = (value) => {
  if (isPacking) return undefined;
  isPacking = true;
  q = 1; texts = ''; others = undefined;
  try {
    put(value, 0);
    packed[0] = q;
    if (others === undefined) return texts;
    others[0] = texts;
    return others;
  } catch (error) {
    if (error === NOT_PACKED) return undefined;
    throw error;
  } finally {
    isPacking = false;
    texts = ''; others = undefined;
  }
};
return { pack, unpack, compile };
})();
";
